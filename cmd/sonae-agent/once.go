package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sonae/internal/agent/collect"
	"sonae/internal/wire"
)

type onceCmd struct {
	serverFlags
	Out string `help:"Write the inventory into this file, or into a new file in this folder, and send nothing; - is standard output." placeholder:"FILE"`
	Kit string `help:"File of a collection kit: seal the inventory for its server. A file sonae-kit.json beside the program is found by itself." env:"SONAE_AGENT_KIT" placeholder:"FILE"`
}

// Run takes the inventory once. With a kit it goes into a sealed file; with --out alone
// it is written as JSON; else it is sent to the server.
func (o *onceCmd) Run(ctx context.Context, out io.Writer) error {
	kit, folder, err := o.kit()
	switch {
	case err != nil:
		return err
	case kit != nil:
		return o.seal(ctx, kit, folder, out)
	case o.Out != "":
		return o.write(ctx, out)
	}
	a, err := o.open(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	result, err := a.Once(ctx)
	if err != nil {
		return err
	}
	return printJSON(out, result)
}

// kit reads the collection kit that is named, else the one beside the program, unless
// the inventory is to go elsewhere in the clear. folder is where the kit lies.
func (o *onceCmd) kit() (kit *wire.Kit, folder string, err error) {
	file := o.Kit
	if file == "" {
		if o.Out == "-" || o.Server != "" {
			return nil, "", nil
		}
		program, err := os.Executable()
		if err != nil {
			return nil, "", nil //nolint:nilerr // then no kit lies beside it
		}
		file = filepath.Join(filepath.Dir(program), wire.KitFileName)
		if _, err := os.Stat(file); err != nil {
			return nil, "", nil //nolint:nilerr // none
		}
	}
	body, err := os.ReadFile(file) //nolint:gosec // the file that the person named
	if err != nil {
		return nil, "", fmt.Errorf("collection kit: %w; download it from the server (Agents, collection kits)", err)
	}
	if kit, err = wire.ParseKit(body); err != nil {
		return nil, "", fmt.Errorf("collection kit %s: %w; download it again from the server", file, err)
	}
	return kit, filepath.Dir(file), nil
}

// seal writes a sealed file. It writes that one file and nothing else, neither on the
// machine nor on the stick: no state, no second file that is renamed at the end. A file
// that was cut by pulling the stick is found out on import.
func (o *onceCmd) seal(ctx context.Context, kit *wire.Kit, folder string, out io.Writer) error {
	if now := time.Now().UnixMilli(); now > kit.ExpiresMS {
		fmt.Fprintf(os.Stderr, "sonae-agent: by the clock of this machine the kit %q expired on %s; the server will refuse the file if that is true\n",
			kit.Name, time.UnixMilli(kit.ExpiresMS).Format(time.DateOnly))
	}
	report, err := collect.Report(ctx, version)
	if err != nil {
		return err
	}
	sealed, err := wire.SealReport(kit, report)
	if err != nil {
		return fmt.Errorf("seal the inventory: %w", err)
	}
	if o.Out == "-" {
		_, err := out.Write(sealed)
		return err
	}
	name, file, err := o.create(folder, report)
	if err != nil {
		return err
	}
	_, err = file.Write(sealed)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w; is there space left?", name, err)
	}
	_, err = fmt.Fprintf(out, "%s: %d of %d sections, %d notes, %d bytes, sealed with kit %q for %s\n",
		name, len(report.Digests), len(wire.AllSections), len(report.Notes), len(sealed), kit.Name, kit.Facility)
	return err
}

// create opens the file that --out names, or a new one named after machine and time in
// the folder: that of --out, else that of the kit.
func (o *onceCmd) create(folder string, report wire.Report) (name string, file *os.File, err error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	name = o.Out
	if info, err := os.Stat(name); name == "" || err == nil && info.IsDir() {
		if name != "" {
			folder = name
		}
		host, _ := os.Hostname()
		if report.Sections.OS != nil && report.Sections.OS.HostName != "" {
			host = report.Sections.OS.HostName
		}
		name = filepath.Join(folder, wire.SealedName(host, time.UnixMilli(report.CollectedMS).Format("20060102-150405")))
		flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	}
	file, err = os.OpenFile(name, flags, 0o600) //nolint:gosec // the file that the person named
	if errors.Is(err, fs.ErrExist) {
		return name, nil, fmt.Errorf("%s is there already; wait a second and collect again", name)
	}
	if err != nil {
		return name, nil, fmt.Errorf("%w; choose another file with --out", err)
	}
	return name, file, nil
}

// write writes the report as JSON, for looking at it.
func (o *onceCmd) write(ctx context.Context, out io.Writer) error {
	report, err := collect.Report(ctx, version)
	if err != nil {
		return err
	}
	if o.Out == "-" {
		return printJSON(out, report)
	}
	// The list of accounts and open ports is not for everybody.
	file, err := os.OpenFile(o.Out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("%w; choose another file with --out", err)
	}
	err = errors.Join(printJSON(file, report), file.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", o.Out, err)
	}
	_, err = fmt.Fprintf(out, "%s: %d of %d sections, %d notes, not sealed: the server takes in files made with a collection kit only\n",
		o.Out, len(report.Digests), len(wire.AllSections), len(report.Notes))
	return err
}
