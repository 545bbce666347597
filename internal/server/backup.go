package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sonae/internal/platform/store"
)

// kept are the files of the data folder that belong to a backup beside the
// database: keys and the self-made certificate.
var kept = []string{"secret.key", "tls-key.pem", "tls-cert.pem"}

const databaseFile = "sonae.db"

// Backup copies the SQLite database, consistent while a server runs, and the keys
// into a new folder. PostgreSQL has its own tools; the message says so.
func Backup(ctx context.Context, cfg Config, version, out string, w io.Writer) (err error) {
	if cfg.Database != "" {
		return errors.New("this is for the SQLite database: back PostgreSQL up with pg_dump, and keep secret.key of the data folder beside it")
	}
	if err := needDatabase(cfg); err != nil {
		return err
	}
	if err := os.Mkdir(out, 0o700); err != nil {
		return fmt.Errorf("make backup folder %s: %w", out, err)
	}
	defer func() {
		if err != nil { // half a backup must not look like one
			_ = os.RemoveAll(out)
		}
	}()
	r, err := Open(ctx, cfg, version, "http://localhost", Logger("error"))
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	copied := filepath.Join(out, databaseFile)
	if err := store.CopySQLite(ctx, r.DB, copied); err != nil {
		return err
	}
	if err := store.CheckSQLite(ctx, copied); err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	for _, name := range kept {
		if err := copyFile(filepath.Join(cfg.Data, name), filepath.Join(out, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "backup written to %s; it holds the server key: keep it as safe as the server\n", out)
	return err
}

// needDatabase refuses to make an empty database where one was expected.
func needDatabase(cfg Config) error {
	if _, err := os.Stat(filepath.Join(cfg.Data, databaseFile)); err != nil {
		return fmt.Errorf("no Sonae database in %s: name the data folder with --data", cfg.Data)
	}
	return nil
}

// Restore copies a backup into a data folder that holds no database yet, and
// checks that every page of it can be read and that it opens. When it fails,
// nothing of it stays in the folder.
func Restore(ctx context.Context, cfg Config, from string, w io.Writer) (err error) {
	if cfg.Database != "" {
		return errors.New("this is for the SQLite database: put a PostgreSQL database back with pg_restore, and secret.key into the data folder")
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, databaseFile)); err == nil {
		return fmt.Errorf("%s holds a database already: choose an empty folder with --data, nothing was changed", cfg.Data)
	}
	if _, err := os.Stat(filepath.Join(from, databaseFile)); err != nil {
		return fmt.Errorf("%s is no backup: it has no %s", from, databaseFile)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	var put []string
	defer func() {
		if err != nil {
			for _, name := range append(put, databaseFile+"-wal", databaseFile+"-shm") {
				_ = os.Remove(filepath.Join(cfg.Data, name))
			}
		}
	}()
	for _, name := range append([]string{databaseFile}, kept...) {
		switch err := copyFile(filepath.Join(from, name), filepath.Join(cfg.Data, name)); {
		case err == nil:
			put = append(put, name)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return checkRestored(ctx, cfg, from, w)
}

func checkRestored(ctx context.Context, cfg Config, from string, w io.Writer) error {
	if err := store.CheckSQLite(ctx, filepath.Join(cfg.Data, databaseFile)); err != nil {
		return fmt.Errorf("the backup %s is damaged, take an older one: %w", from, err)
	}
	r, err := Open(ctx, cfg, "", "http://localhost", Logger("error"))
	if err != nil {
		return fmt.Errorf("open the restored database: %w", err)
	}
	head, err := r.Audit.Head(ctx)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "restored to %s; the audit log holds %d entries, check it with: sonae audit verify\n", cfg.Data, head.Size)
	return err
}

func copyFile(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // named by the operator
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // named by the operator
	if err != nil {
		return fmt.Errorf("copy to %s: %w", to, err)
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(fmt.Errorf("copy %s: %w", from, err), out.Close())
	}
	return errors.Join(out.Sync(), out.Close())
}

// PrintConfig prints the settings in force as JSON, secrets masked.
func PrintConfig(cfg Config, w io.Writer) error {
	secret := ""
	if cfg.SecretKey != "" {
		secret = "(set)"
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(map[string]string{"data": cfg.Data, "database": cfg.Masked(), "secret-key": secret, "log-level": cfg.LogLevel})
}
