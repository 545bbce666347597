package wmi

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestRecorded(t *testing.T) {
	r, err := Read([]byte(`{"root\\cimv2:Win32_Fan":[{"Name":"ファン","Speed":"1200","On":"TRUE","Bad":"x"}],"root\\wmi:Secret":"denied"}`))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	rows, err := r.Query(ctx, `ROOT\cimv2`, "win32_fan", "Name", "Speed", "On", "Missing")
	if err != nil || len(rows) != 1 || rows[0].Text("name") != "ファン" || rows[0].Int("SPEED") != 1200 || !rows[0].True("on") || rows[0].Text("bad") != "" {
		t.Errorf("rows = %v, %v", rows, err)
	}
	if _, ok := rows[0].Number("missing"); ok {
		t.Error("a missing property is a number")
	}
	if _, err := r.Query(ctx, `root\wmi`, "Secret", "A"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("denied: %v", err)
	}
	if _, err := r.Query(ctx, `root\wmi`, "Gone", "A"); !errors.Is(err, ErrNotThere) {
		t.Errorf("not there: %v", err)
	}
	if _, err := r.Query(ctx, `root\cimv2`, "Win32_Fan WHERE 1=1", "A"); err == nil {
		t.Error("a class with a condition was taken")
	}
}

func TestStatement(t *testing.T) {
	got, err := statement("Win32_Fan", []string{"Name", "Speed"})
	if err != nil || got != "SELECT Name,Speed FROM Win32_Fan" {
		t.Errorf("statement = %q, %v", got, err)
	}
	if _, err := statement("X", []string{"a;b"}); err == nil || !strings.Contains(err.Error(), "a;b") {
		t.Errorf("error = %v", err)
	}
}
