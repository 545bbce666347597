// Package catalog embeds the compliance data: checklists by edition, evidence rules, guideline items, controls and
// sources. It holds no code; internal/review/catalog reads, checks and serves the files. README.md beside them says
// what the marks mean and how to correct a row.
package catalog

import "embed"

// FS holds the YAML files under their paths in this folder, for example "checklists/r7.yaml".
//
//go:embed controls.yaml sources.yaml checklists/*.yaml rules/*.yaml guideline
var FS embed.FS
