// Command sortkeys keeps the two files of texts sorted and equal in keys, and adds
// texts so that several people working in one tree do not lose each other's:
// every change reads, changes and replaces both files under one lock.
//
//	go run ./internal/platform/text/sortkeys                     sort and check
//	go run ./internal/platform/text/sortkeys add KEY JA EN …     new keys
//	go run ./internal/platform/text/sortkeys set KEY JA EN …     new or changed keys
//	go run ./internal/platform/text/sortkeys add-file FILE       {"key": ["ja", "en"], …}
//	go run ./internal/platform/text/sortkeys set-file FILE
//	go run ./internal/platform/text/sortkeys remove KEY …
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"

	"sonae/internal/platform/text"
)

func main() {
	dir, err := folder()
	if err == nil {
		err = run(dir, os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sortkeys:", err)
		os.Exit(1)
	}
}

// folder finds the texts from the working directory upwards.
func folder() (string, error) {
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return filepath.Join(at, "internal", "platform", "text"), nil
		}
		if filepath.Dir(at) == at {
			return "", errors.New("no go.mod here or above: run it inside the source tree")
		}
		at = filepath.Dir(at)
	}
}

// run does one command on the files in dir.
func run(dir string, args []string) error {
	change, err := command(args)
	if err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, ".lock")).Lock()
	if err != nil {
		return fmt.Errorf("lock texts: %w", err)
	}
	defer unlock()
	var texts pair
	if texts.ja, err = read(filepath.Join(dir, "ja.json")); err != nil {
		return err
	}
	if texts.en, err = read(filepath.Join(dir, "en.json")); err != nil {
		return err
	}
	if err := change(texts); err != nil {
		return err
	}
	if faults := text.Check(texts.ja, texts.en); len(faults) > 0 {
		return fmt.Errorf("nothing written:\n  %s", strings.Join(faults, "\n  "))
	}
	if err := write(filepath.Join(dir, "ja.json"), texts.ja); err != nil {
		return err
	}
	return write(filepath.Join(dir, "en.json"), texts.en)
}

// pair is both languages while they change.
type pair struct{ ja, en map[string]string }

// put sets one key; without overwrite, a key that exists with other texts is an error.
func (p pair) put(key, ja, en string, overwrite bool) error {
	if old, ok := p.ja[key]; ok && !overwrite && (old != ja || p.en[key] != en) {
		return fmt.Errorf("%s exists: %q, %q; use set to change it", key, old, p.en[key])
	}
	p.ja[key], p.en[key] = ja, en
	return nil
}

// command turns the arguments into a change.
func command(args []string) (func(pair) error, error) {
	if len(args) == 0 {
		return func(pair) error { return nil }, nil
	}
	name, rest := args[0], args[1:]
	switch {
	case name == "remove" && len(rest) > 0:
		return func(p pair) error { return remove(p, rest) }, nil
	case (name == "add" || name == "set") && len(rest) > 0 && len(rest)%3 == 0:
		return func(p pair) error { return put(p, rest, name == "set") }, nil
	case (name == "add-file" || name == "set-file") && len(rest) == 1:
		triples, err := readTriples(rest[0])
		return func(p pair) error { return put(p, triples, name == "set-file") }, err
	}
	return nil, errors.New("usage: sortkeys [add|set KEY JA EN … | add-file|set-file FILE | remove KEY …]")
}

// put adds key, ja, en triples.
func put(p pair, triples []string, overwrite bool) error {
	for t := range slices.Chunk(triples, 3) {
		if err := p.put(t[0], t[1], t[2], overwrite); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes keys that must exist.
func remove(p pair, keys []string) error {
	for _, key := range keys {
		if _, ok := p.ja[key]; !ok {
			return fmt.Errorf("%s does not exist", key)
		}
		delete(p.ja, key)
		delete(p.en, key)
	}
	return nil
}

// readTriples reads {"key": ["ja", "en"], …} as a flat list of key, ja, en.
func readTriples(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var texts map[string][2]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, fmt.Errorf("parse %s: %w", file, err)
	}
	var triples []string
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		triples = append(triples, key, texts[key][0], texts[key][1])
	}
	return triples, nil
}

// read parses one file of texts.
func read(file string) (map[string]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	texts, err := text.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return texts, nil
}

// write replaces a file whole, so that a reader never sees half of it; an
// unchanged file is left alone.
func write(file string, texts map[string]string) error {
	data, err := encode(texts)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, data) {
		return nil
	}
	next := file + ".next"
	if err := os.WriteFile(next, data, 0o644); err != nil {
		return err
	}
	return os.Rename(next, file)
}

// encode writes sorted keys, one a line, with Japanese and markup signs as they are.
func encode(texts map[string]string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(texts) // maps are written in sorted order of keys
	return b.Bytes(), err
}
