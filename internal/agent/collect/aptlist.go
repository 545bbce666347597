package collect

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"sonae/internal/wire"
)

// candidate is a newer version that a list offers.
type candidate struct {
	version  string
	security bool // offered by a security suite, in this or an older version above the installed one
}

// listEndings are the forms apt keeps lists in (apt.conf(5), Acquire::GzipIndexes).
var listEndings = []string{"_Packages", "_Packages.lz4", "_Packages.gz", "_Packages.zst"}

// candidates reads every package list of apt and returns, by "name:arch", the
// newest version above the installed one.
func candidates(ctx context.Context, src *Source, have map[string]wire.Package, g *gaps) (map[string]candidate, error) {
	const dir = "/var/lib/apt/lists"
	best := map[string]candidate{}
	found := false
	for _, name := range src.names(dir) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if baseWithout(name, listEndings...) == name {
			continue
		}
		found = true
		suite := suiteOf(src, dir, name)
		if suite.notAutomatic {
			continue // backports and the like are not offered unless asked for
		}
		if err := readList(src, path.Join(dir, name), suite, have, best); err != nil {
			g.add("package list "+name, err)
		}
	}
	if !found && !errors.Is(existsErr(src, dir), fs.ErrPermission) {
		g.say("apt has no package lists: run apt update")
	}
	return best, nil
}

func existsErr(src *Source, name string) error {
	_, err := fs.Stat(src.Files, clip(name))
	return err
}

// suite is what the release file says of a list.
type suite struct {
	security, notAutomatic bool
}

// suiteOf reads the release file that belongs to a list: same name up to
// "_main_binary-amd64_Packages".
func suiteOf(src *Source, dir, list string) suite {
	at := strings.LastIndex(list, "_binary-")
	if at < 0 {
		return suite{}
	}
	prefix := list[:max(strings.LastIndexByte(list[:at], '_'), 0)]
	for _, ending := range []string{"_InRelease", "_Release"} {
		if f, err := src.open(path.Join(dir, prefix+ending)); err == nil {
			defer f.Close()
			return parseRelease(f)
		}
	}
	return suite{security: strings.Contains(prefix, "security")}
}

// parseRelease reads the head of a Release file, signed or not. Debian calls its
// security suites "bookworm-security" with label "Debian-Security", Ubuntu
// "noble-security" and its paid ones "noble-apps-security".
func parseRelease(r io.Reader) suite {
	var s suite
	lines := bufio.NewScanner(io.LimitReader(r, 64<<10))
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Suite", "Codename", "Label":
			lower := strings.ToLower(value)
			s.security = s.security || strings.HasSuffix(lower, "-security") || strings.HasSuffix(lower, "/updates") // up to Debian 10
		case "NotAutomatic":
			s.notAutomatic = value == "yes"
		case "MD5Sum", "SHA256":
			return s
		}
	}
	return s
}

// maxListBytes bounds one list after decompression: Debian's largest has 50 MB,
// Ubuntu's 75 MB.
const maxListBytes = 1 << 30

func readList(src *Source, name string, s suite, have map[string]wire.Package, best map[string]candidate) error {
	f, err := src.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, done, err := decompressed(f, name)
	if err != nil {
		return err
	}
	defer done()
	return eachOffer(io.LimitReader(r, maxListBytes), have, func(key, version string) {
		p := have[key]
		if compareDeb(version, p.Version) <= 0 {
			return
		}
		c := best[key]
		if c.version == "" || compareDeb(version, c.version) > 0 {
			c.version = version
		}
		c.security = c.security || s.security
		best[key] = c
	})
}

func decompressed(r io.Reader, name string) (io.Reader, func(), error) {
	switch path.Ext(name) {
	case ".lz4":
		return lz4.NewReader(r), func() {}, nil
	case ".gz":
		z, err := gzip.NewReader(r)
		return z, func() {}, err
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return r, func() {}, nil
}

// eachOffer calls found for every paragraph about an installed package. Lists
// have a hundred times more paragraphs than a machine has packages, so all but
// the line with the name is passed over without a look.
func eachOffer(r io.Reader, have map[string]wire.Package, found func(key, version string)) error {
	names := map[string]bool{}
	arches := map[string]bool{}
	for _, p := range have {
		names[p.Name], arches[p.Arch] = true, true
	}
	paragraphs := bufio.NewScanner(r)
	paragraphs.Buffer(make([]byte, 256<<10), maxFieldBytes)
	paragraphs.Split(splitParagraph)
	for paragraphs.Scan() {
		text := paragraphs.Bytes()
		name, ok := bytes.CutPrefix(text, []byte("Package: "))
		if ok {
			name, _, _ = bytes.Cut(name, []byte{'\n'})
		} else {
			name = controlField(text, "Package")
		}
		if !names[string(name)] { // the compiler makes no copy here
			continue
		}
		version, arch := string(controlField(text, "Version")), string(controlField(text, "Architecture"))
		// A package may change between "all" and a real architecture.
		for a := range arches {
			if a != arch && arch != "all" && a != "all" {
				continue
			}
			if key := string(name) + ":" + a; have[key].Name != "" {
				found(key, version)
			}
		}
	}
	if err := paragraphs.Err(); err != nil {
		return fmt.Errorf("read package list: %w", err)
	}
	return nil
}

// splitParagraph is a bufio.SplitFunc for text between empty lines.
func splitParagraph(data []byte, atEnd bool) (advance int, token []byte, err error) {
	if at := bytes.Index(data, []byte("\n\n")); at >= 0 {
		return at + 2, data[:at+1], nil
	}
	if atEnd && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// controlField gives a one-line field of a paragraph.
func controlField(paragraph []byte, name string) []byte {
	rest := paragraph
	for len(rest) > 0 {
		line := rest
		if at := bytes.IndexByte(rest, '\n'); at >= 0 {
			line, rest = rest[:at], rest[at+1:]
		} else {
			rest = nil
		}
		if len(line) > len(name) && line[len(name)] == ':' && string(line[:len(name)]) == name {
			return bytes.TrimSpace(line[len(name)+1:])
		}
	}
	return nil
}
