package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"sonae/internal/agent/rpmdb"
	"sonae/internal/wire"
)

// rpmFolders are where distributions keep the database: the new place of Fedora
// and SUSE, then the old one, often a link to the new.
var rpmFolders = []string{"/usr/lib/sysimage/rpm", "/var/lib/rpm"}

// rpmFiles are its file in each format, newest first.
var rpmFiles = []string{"rpmdb.sqlite", "Packages.db", "Packages"}

// rpmPackages reads the RPM database; it lists what "rpm -qa" lists.
func rpmPackages(src *Source) ([]wire.Package, error) {
	for _, folder := range rpmFolders {
		for _, name := range rpmFiles {
			list, err := readRPM(src, folder+"/"+name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return list, fmt.Errorf("read %s/%s: %w", folder, name, err)
			}
			// Debian has an empty database when rpm is installed as a tool.
			if len(list) > 0 {
				return list, nil
			}
		}
	}
	return nil, ErrNoData
}

func readRPM(src *Source, name string) ([]wire.Package, error) {
	data, size, closer, err := src.readerAt(name)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	file := rpmdb.File{Data: data, Size: size}
	if log, logSize, logCloser, err := src.readerAt(name + "-wal"); err == nil {
		defer logCloser.Close()
		file.Log, file.LogSize = log, logSize
	}
	var list []wire.Package
	err = rpmdb.Read(file, func(p rpmdb.Package) error {
		list = append(list, rpmPackage(p))
		return nil
	})
	return list, err
}

func rpmPackage(p rpmdb.Package) wire.Package {
	out := wire.Package{Name: p.Name, Version: p.EVR(), Kind: "rpm", Arch: p.Arch, Publisher: p.Vendor}
	// bash-5.1.8-6.el9.src.rpm: name, version and release have no dash in the
	// last two.
	if source, ok := strings.CutSuffix(p.SourceRPM, ".src.rpm"); ok {
		for range 2 {
			if at := strings.LastIndexByte(source, '-'); at > 0 {
				source = source[:at]
			}
		}
		if source != p.Name {
			out.Source = source
		}
	}
	if p.InstalledMS > 0 {
		out.InstalledOn = time.UnixMilli(p.InstalledMS).UTC().Format(time.DateOnly)
	}
	return out
}
