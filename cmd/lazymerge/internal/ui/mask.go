package ui

// Mask keeps a secret out of the workflow log from here on, also when quiet; the runner takes the line itself
// out. Outside GitHub Actions it prints nothing.
func (u *UI) Mask(secret string) {
	if u.actions && secret != "" {
		u.print(command("add-mask", nil, secret))
	}
}
