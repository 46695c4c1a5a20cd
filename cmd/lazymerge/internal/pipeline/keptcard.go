package pipeline

// keptCard is the README.md of the target where a push leaves it as it is, for somebody wrote it or edited it since it was
// published; nil where the push writes one.
func (p *Preview) keptCard() []byte {
	switch {
	case p.Options.ReplaceCard || !p.Target.keepsCard(p.Earlier):
		return nil
	case p.Target.OwnCard != nil:
		return p.Target.OwnCard
	}
	return p.Earlier.Readme
}

// Readme is the card that the repo has after the push, or would have.
func (p *Published) Readme() []byte {
	if p.Kept != nil {
		return p.Kept
	}
	return p.Card
}

// KeptNote is what is said of a card that stays.
const KeptNote = "README.md was written or edited by hand, and is kept; --replace-card writes a new one"
