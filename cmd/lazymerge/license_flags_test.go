package main

import (
	"testing"

	"github.com/lazymerge/lazymerge/card"
)

func TestNearestLicense(t *testing.T) {
	for id, want := range map[string]string{
		"apache2": "apache-2.0", "apache": "apache-2.0", "Apache-2.0": "apache-2.0", "Apache License 2.0": "apache-2.0", "apache-v2": "apache-2.0",
		"MIT": "mit", "mit-license": "mit", "The MIT License": "mit",
		"llama-3": "llama3", "llama-3.1": "llama3.1", "llama3.3-community": "llama3.3", "Llama 3.2 Community License Agreement": "llama3.2",
		"gpl3": "gpl-3.0", "GPLv3": "gpl-3.0", "gpl-2": "gpl-2.0", "agpl": "agpl-3.0", "lgpl3": "lgpl-3.0",
		"cc-by-nc-4": "cc-by-nc-4.0", "cc-by-nc": "cc-by-nc-4.0", "ccby": "cc-by-4.0", "cc_by_sa_4.0": "cc-by-sa-4.0", "cc0": "cc0-1.0",
		"bsd3": "bsd-3-clause", "bsd-2": "bsd-2-clause", "gemma-terms": "gemma", "apche-2.0": "apache-2.0", "openrail-m": "openrail",
		"proprietary": "", "research only": "",
	} {
		if got := nearestLicense(id); got != want {
			t.Errorf("nearestLicense(%q) = %q, want %q", id, got, want)
		}
	}
	for _, id := range card.LicenseIDs() {
		if got := nearestLicense(id); got != id {
			t.Errorf("nearestLicense(%q) = %q", id, got)
		}
	}
}
