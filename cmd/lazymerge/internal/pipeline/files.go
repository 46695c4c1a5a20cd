package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// SmallFile is a file of the result that is held in memory: all but the shards.
type SmallFile struct {
	Path string
	Data []byte

	source *Source // that it is of; nil for what the merge makes itself
	name   string  // in source
}

// told is f as faults speak of it.
func (f SmallFile) told() told {
	if f.source == nil {
		return told{name: f.Path, text: f.Data}
	}
	return told{f.name + " of " + f.source.Ref.String(), f.source.Ref.Pos, f.Data}
}

// readCarried reads the files that are taken over, before the merge, so that one that cannot be read costs nothing.
func (m *Merge) readCarried(ctx context.Context) error {
	if m.carried != nil {
		return nil
	}
	carried := map[string][]byte{}
	for _, f := range m.Plan.Files {
		if f.Edited != nil {
			continue
		}
		src := m.Sources[f.Source]
		data, err := src.Model.ReadSmall(ctx, f.Name)
		if err != nil {
			return sourceFault(src.Ref, m.setup.name(), err)
		}
		carried[f.Name] = data
	}
	m.carried = carried
	return nil
}

// beside collects what goes beside the shards but for index and lock, which need the merge, and refuses it where it holds a secret. A
// nil readme is a card that is not made yet, and then what the card shows is left out. What the result takes over from a repo on the
// Hub is only there if all is asked for, for it may be some 10 MB, or if it was read before.
func (m *Merge) beside(ctx context.Context, readme []byte, all bool) ([]SmallFile, error) {
	if all || m.Sources[m.Plan.Donor].Folder || m.setup.Hub.Offline {
		if err := m.readCarried(ctx); err != nil {
			return nil, err
		}
	}
	var out []SmallFile
	for _, f := range m.Plan.Files {
		data := []byte(f.Edited)
		if f.Edited == nil {
			if m.carried == nil {
				continue
			}
			data = m.carried[f.Name]
		}
		out = append(out, SmallFile{Path: f.Name, Data: data, source: m.Sources[f.Source], name: f.Name})
	}
	own := m.terms.Files
	if readme != nil {
		var err error
		if own, err = m.OwnFiles(readme); err != nil {
			return nil, err
		}
	}
	out = append(out, own...)
	return out, m.setup.noSecretsIn(allTold(out)...)
}

// CheckCard refuses a card and what it shows and links to where they hold a secret.
func (m *Merge) CheckCard(ctx context.Context, readme []byte) error {
	_, err := m.beside(ctx, readme, false)
	return err
}

// allTold are files as faults speak of them, without the config, which has been looked at as it was written.
func allTold(files []SmallFile) []told {
	var all []told
	for _, f := range files {
		if f.Path != recipeFile {
			all = append(all, f.told())
		}
	}
	return all
}

// smallFiles collects what goes beside the shards; the lock comes last, as it lists the rest. The index and the lock need the
// shards' sums.
func (m *Merge) smallFiles(ctx context.Context, readme []byte, sums []string) ([]SmallFile, error) {
	out, err := m.beside(ctx, readme, true)
	if err != nil {
		return nil, err
	}
	if index := m.Plan.IndexFile(); index != nil {
		out = slices.Insert(out, len(m.Plan.Files), SmallFile{Path: plan.Index, Data: index})
	}
	lock, err := m.lock(out, sums)
	if err != nil {
		return nil, err
	}
	return append(out, SmallFile{Path: lockFile, Data: lock}), nil
}

// OwnFiles are those that are known before the merge and come from no model: the card, and what it shows and links to
// except the lock.
func (m *Merge) OwnFiles(readme []byte) ([]SmallFile, error) {
	out := append(slices.Clone(m.terms.Files), SmallFile{Path: readmeFile, Data: readme}, SmallFile{Path: recipeFile, Data: m.Config()})
	picture, err := m.Picture()
	if err != nil {
		return nil, err
	}
	if picture != nil {
		out = append(out, SmallFile{Path: chartFile, Data: picture.PNG})
	}
	measured, err := evaluationFiles(m.known.Evaluation)
	if err != nil {
		return nil, err
	}
	return append(out, measured...), nil
}

// Lock is lazymerge.lock.json: what decided every byte of a result, and what they came to. It
// holds no path of a machine and no time.
type Lock struct {
	Format    int          `json:"format"`
	Tool      string       `json:"lazymerge"` // version
	Numeric   int          `json:"numeric"`   // version of the arithmetic
	Plan      string       `json:"plan"`      // hash
	Config    string       `json:"config"`    // sha256 of mergekit_config.yml
	Options   LockOptions  `json:"options"`
	Sources   []LockSource `json:"sources"`
	Norm      string       `json:"norm,omitempty"`      // what the card says of norms that are far from the sources'
	Inherited int64        `json:"inherited,omitempty"` // values that are NaN or Inf, each where a source has one
	Card      LockCard     `json:"card,omitzero"`
	Files     []LockFile   `json:"files"`
}

// LockOptions are the options that change the result.
type LockOptions struct {
	ShardSize   int64  `json:"shard_size"`
	AllowCrimes bool   `json:"allow_crimes,omitempty"`
	Truncate    bool   `json:"truncate_embeddings,omitempty"`
	Seed        uint64 `json:"seed,omitempty"`    // of a method that draws at random
	License     string `json:"license,omitempty"` // that the publisher chose
	LicenseName string `json:"license_name,omitempty"`
	LicenseLink string `json:"license_link,omitempty"`
}

// LockCard is what the card was made with beside the facts, for whoever makes it again.
type LockCard struct {
	Template string `json:"template,omitempty"` // sha256 of a template of the publisher's own
	Replaced bool   `json:"replaced,omitempty"` // names in the config were replaced before it was published
	Revision string `json:"revision,omitempty"` // branch that it is for; "" is main
}

// plan returns the options under which the plan is made again.
func (o LockOptions) plan() plan.Options {
	return plan.Options{ShardSize: o.ShardSize, AllowCrimes: o.AllowCrimes, Seed: o.Seed, TruncateVocabulary: o.Truncate}
}

// LockSource is one pinned source. With both a Repo and a Digest it is one that the publisher says is that repo.
type LockSource struct {
	Repo   string `json:"repo,omitempty"`
	Commit string `json:"commit,omitempty"`
	Digest string `json:"digest,omitempty"` // of a folder, sampled, or of the name of a private repo; what the plan is made for
}

// LockFile is one file of the result.
type LockFile struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const lockFormat = 1

// sum is the sha256 of a file that the lock lists, or "".
func (l *Lock) sum(path string) string {
	for _, f := range l.Files {
		if f.Path == path {
			return f.SHA256
		}
	}
	return ""
}

func (m *Merge) lockCard() LockCard {
	named := slices.ContainsFunc(m.Sources, func(s *Source) bool { return s.As.Path != "" })
	c := LockCard{Replaced: named || m.renamed != nil || m.setup.Replaced, Revision: m.branch}
	if m.template != "" {
		c.Template = sumOf([]byte(m.template))
	}
	return c
}

func (m *Merge) lock(small []SmallFile, sums []string) ([]byte, error) {
	l := Lock{
		Format: lockFormat, Tool: m.setup.Version, Numeric: plan.Numeric, Plan: m.Plan.Hash,
		Config:    sumOf(m.Config()),
		Norm:      m.known.Norm,
		Inherited: m.known.Inherited,
		Card:      m.lockCard(),
		Options:   m.lockOptions(),
	}
	for _, src := range m.Sources {
		l.Sources = append(l.Sources, src.locked())
	}
	for i, s := range m.Plan.Shards {
		l.Files = append(l.Files, LockFile{s.Name, s.Size, sums[i]})
	}
	for _, f := range small {
		l.Files = append(l.Files, LockFile{f.Path, int64(len(f.Data)), sumOf(f.Data)})
	}
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// lockOptions are the options that m was planned with.
func (m *Merge) lockOptions() LockOptions {
	return LockOptions{ShardSize: m.Plan.ShardSize, AllowCrimes: m.setup.Plan.AllowCrimes, Truncate: m.setup.Plan.TruncateVocabulary, Seed: m.Plan.Seed,
		License: m.setup.License.ID, LicenseName: m.setup.License.Name, LicenseLink: m.setup.License.Link}
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
