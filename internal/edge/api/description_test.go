package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"sonae/internal/edge/api"
	"sonae/internal/identity"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

const descriptionFile = "../../../docs/openapi.json"

// description builds an API without a database: only its types matter.
func description(t *testing.T) (*api.API, []byte) {
	t.Helper()
	texts, err := textsOnce()
	if err != nil {
		t.Fatal(err)
	}
	a := api.New(api.Deps{Text: texts})
	raw, err := a.Description()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	return a, append(out.Bytes(), '\n')
}

func TestDescriptionIsCommitted(t *testing.T) {
	_, now := description(t)
	if *update {
		if err := os.WriteFile(descriptionFile, now, 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(descriptionFile)
	if err != nil || !bytes.Equal(committed, now) {
		t.Errorf("docs/openapi.json does not fit the types (%v). If the API was meant to change, run\n\n\tgo test ./internal/edge/api -run TestDescriptionIsCommitted -update\n\nand look at the difference: scripts of others rely on these names.", err)
	}
}

// TestDescriptionNamesNoHost: the document is the same for every server, and the one
// served carries nothing of the request either.
func TestDescriptionNamesNoHost(t *testing.T) {
	_, doc := description(t)
	for _, bad := range []string{`"servers"`, "localhost", "127.0.0.1", "$schema"} {
		if bytes.Contains(doc, []byte(bad)) {
			t.Errorf("the description holds %s", bad)
		}
	}
}

// TestEveryOperationIsDescribed: an identifier each, a known right, a summary, the
// answers to refusals.
func TestEveryOperationIsDescribed(t *testing.T) {
	a, doc := description(t)
	var d struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Summary     string         `json:"summary"`
			Description string         `json:"description"`
			Responses   map[string]any `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Errorf("version %s", d.OpenAPI)
	}
	known := map[identity.Action]bool{}
	for _, action := range identity.Actions() {
		known[action] = true
	}
	seen := map[string]bool{}
	for _, op := range a.Operations() {
		got, ok := d.Paths[op.Path][strings.ToLower(op.Method)]
		switch {
		case !ok:
			t.Errorf("%s %s is not described", op.Method, op.Path)
		case got.OperationID != op.ID || seen[op.ID]:
			t.Errorf("%s %s: identifier %q", op.Method, op.Path, got.OperationID)
		case got.Summary == "" || !strings.Contains(got.Description, string(op.Action)):
			t.Errorf("%s: no summary, or the right is not named", op.ID)
		case !known[op.Action]:
			t.Errorf("%s: unknown right %q", op.ID, op.Action)
		}
		for _, status := range []string{"401", "403", "404", "429"} {
			if got.Responses[status] == nil {
				t.Errorf("%s: answer %s is not described", op.ID, status)
			}
		}
		seen[op.ID] = true
	}
}
