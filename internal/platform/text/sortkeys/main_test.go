package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// folderWith makes a folder with two files of texts.
func folderWith(t *testing.T, ja, en string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string]string{"ja.json": ja, "en.json": en} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// content reads one file.
func content(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSortsOneKeyALine(t *testing.T) {
	dir := folderWith(t, `{"b.b":"<い>","a.a":"あ & う"}`, `{"a.a":"a","b.b":"b"}`)
	if err := run(dir, nil); err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"a.a\": \"あ & う\",\n  \"b.b\": \"<い>\"\n}\n"
	if got := content(t, dir, "ja.json"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestConcurrentAddsLoseNothing(t *testing.T) {
	dir := folderWith(t, "{}", "{}")
	var group sync.WaitGroup
	const people, keys = 8, 10
	for person := range people {
		group.Go(func() {
			for i := range keys {
				key := fmt.Sprintf("room%d.key%d", person, i)
				if err := run(dir, []string{"add", key, "日本語", "English"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for _, name := range []string{"ja.json", "en.json"} {
		if got := strings.Count(content(t, dir, name), "room"); got != people*keys {
			t.Errorf("%s has %d keys, want %d", name, got, people*keys)
		}
	}
}

func TestRefusalsWriteNothing(t *testing.T) {
	const ja, en = "{\n  \"a.a\": \"あ\"\n}\n", "{\n  \"a.a\": \"a\"\n}\n"
	for name, args := range map[string][]string{
		"other text":   {"add", "a.a", "い", "a"},
		"placeholders": {"add", "b.b", "{{.N}}", "none"},
		"empty":        {"add", "b.b", "い", ""},
		"bad key":      {"add", "b", "い", "b"},
		"two of three": {"add", "b.b", "い"},
		"no file":      {"add-file", "/nowhere"},
		"unknown":      {"sort"},
		"remove what":  {"remove", "b.b"},
	} {
		dir := folderWith(t, ja, en)
		if err := run(dir, args); err == nil {
			t.Errorf("%s was accepted", name)
		}
		if content(t, dir, "ja.json") != ja || content(t, dir, "en.json") != en {
			t.Errorf("%s changed a file", name)
		}
	}
}

func TestSetFileAndRemove(t *testing.T) {
	dir := folderWith(t, `{"a.a":"あ"}`, `{"a.a":"a"}`)
	file := filepath.Join(dir, "new")
	if err := os.WriteFile(file, []byte(`{"a.a":["い","b"],"c.c":["う","c"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, []string{"set-file", file}); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, []string{"remove", "c.c"}); err != nil {
		t.Fatal(err)
	}
	if got, want := content(t, dir, "ja.json"), "{\n  \"a.a\": \"い\"\n}\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
