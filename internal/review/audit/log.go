package audit

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
)

// Settings that hold the signing key (sealed with the server key) and its public half.
const (
	settingKey    = "audit.signing_key"
	settingPublic = "audit.public_key"
	sealPurpose   = "audit signing key"
)

// Log signs and checks. Appending needs no Log. Safe for concurrent use.
type Log struct {
	db       *store.DB
	now      func() time.Time
	signer   note.Signer
	verifier note.Verifier
	public   string
}

// Open reads the signing key, or makes it on first start. Several servers share
// one key through the database; they must have the same server key.
func Open(ctx context.Context, db *store.DB, key *seal.Key, now func() time.Time) (*Log, error) {
	if now == nil {
		now = time.Now
	}
	sealed, ok, err := store.Setting(ctx, db, settingKey)
	if err != nil {
		return nil, err
	}
	if !ok {
		if sealed, err = makeKey(ctx, db, key, store.MS(now())); err != nil {
			return nil, err
		}
	}
	box, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("setting %s: %w", settingKey, err)
	}
	secret, err := key.Unseal(sealPurpose, box)
	if err != nil {
		return nil, fmt.Errorf("audit signing key: %w (is the server key the one this database was made with?)", err)
	}
	skey, public, _ := strings.Cut(string(secret), "\n")
	l := &Log{db: db, now: now, public: public}
	if l.signer, err = note.NewSigner(skey); err != nil {
		return nil, fmt.Errorf("audit signing key: %w", err)
	}
	if l.verifier, err = note.NewVerifier(public); err != nil {
		return nil, fmt.Errorf("audit public key: %w", err)
	}
	return l, nil
}

// makeKey stores a new key unless another server was first; it returns the one
// that stands.
func makeKey(ctx context.Context, db *store.DB, key *seal.Key, nowMS int64) (string, error) {
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	skey, public, err := note.GenerateKey(rand.Reader, "sonae-audit-"+hex.EncodeToString(id))
	if err != nil {
		return "", fmt.Errorf("make audit signing key: %w", err)
	}
	box, err := key.Seal(sealPurpose, []byte(skey+"\n"+public))
	if err != nil {
		return "", err
	}
	var stands string
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.Exec(ctx, `INSERT INTO setting (name, value, updated_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`,
			settingKey, base64.StdEncoding.EncodeToString(box), nowMS)
		if err != nil {
			return fmt.Errorf("store audit signing key: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			// Only for people to read and copy; checking derives it from the sealed key.
			err = errors.Join(err, store.SetSetting(ctx, tx, settingPublic, public, nowMS))
			if err != nil {
				return err
			}
		}
		stands, _, err = store.Setting(ctx, tx, settingKey)
		return err
	})
	return stands, err
}

// PublicKey is the key that checks checkpoints, in the form of x/mod/sumdb/note
// ("name+hash+key"). People should keep a copy outside this system.
func (l *Log) PublicKey() string { return l.public }

// Head is the state of the log at one moment.
type Head struct {
	Size int64     // number of entries
	Root tlog.Hash // root of the Merkle tree over them
}

// String is the form shown to people: size and root in base64.
func (h Head) String() string { return strconv.FormatInt(h.Size, 10) + " " + h.Root.String() }

// Head reads the present head.
func (l *Log) Head(ctx context.Context) (Head, error) {
	size, front, err := readHead(ctx, l.db)
	return Head{size, front.root()}, err
}

func readHead(ctx context.Context, q store.Querier) (int64, frontier, error) {
	var size int64
	var packed []byte
	if err := q.QueryRow(ctx, `SELECT size, frontier FROM audit_head WHERE id = 1`).Scan(&size, &packed); err != nil {
		return 0, nil, fmt.Errorf("read audit head: %w", err)
	}
	front, err := unpackFrontier(packed, size)
	return size, front, err
}

// Checkpoint is a signed head.
type Checkpoint struct {
	Head
	AtMS int64
	// Note is the signed text: origin, size, root, time and signature. It proves
	// the log's state to whoever holds the public key, without this system.
	Note []byte
}

// Sign makes a checkpoint of the present head and stores it, unless this head has
// one. It runs as a job every minute and when the server stops.
func (l *Log) Sign(ctx context.Context) (Checkpoint, error) {
	head, err := l.Head(ctx)
	if err != nil || head.Size == 0 {
		return Checkpoint{Head: head}, err
	}
	last, err := l.Latest(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	if last.Size == head.Size {
		return last, nil
	}
	c := Checkpoint{Head: head, AtMS: store.MS(l.now())}
	if c.Note, err = note.Sign(&note.Note{Text: checkpointText(l.verifier.Name(), c)}, l.signer); err != nil {
		return Checkpoint{}, fmt.Errorf("sign audit checkpoint: %w", err)
	}
	err = l.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO audit_checkpoint (size, at_ms, note) VALUES ($1, $2, $3) ON CONFLICT (size) DO NOTHING`,
			c.Size, c.AtMS, c.Note)
		return err
	})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("store audit checkpoint %d: %w", c.Size, err)
	}
	return c, nil
}

// Latest is the newest stored checkpoint; Size 0 when there is none. It is not
// checked: Verify does that.
func (l *Log) Latest(ctx context.Context) (Checkpoint, error) {
	cs, err := l.checkpoints(ctx, `ORDER BY size DESC LIMIT 1`)
	if err != nil || len(cs) == 0 {
		return Checkpoint{}, err
	}
	c := cs[0]
	if parsed, err := l.ReadCheckpoint(c.Note); err == nil {
		return parsed, nil
	}
	return c, nil
}

func (l *Log) checkpoints(ctx context.Context, tail string, args ...any) ([]Checkpoint, error) {
	rows, err := l.db.Query(ctx, `SELECT size, at_ms, note FROM audit_checkpoint `+tail, args...)
	if err != nil {
		return nil, fmt.Errorf("read audit checkpoints: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Checkpoint
	for rows.Next() {
		var c Checkpoint
		var size, at loose
		if err := rows.Scan(&size, &at, &c.Note); err != nil {
			return nil, fmt.Errorf("read audit checkpoints: %w", err)
		}
		c.Size, c.AtMS = int64(size), int64(at)
		out = append(out, c)
	}
	return out, rows.Err()
}

// checkpointText follows C2SP tlog-checkpoint: origin, size, root, then one
// further line with the time in Unix milliseconds.
func checkpointText(origin string, c Checkpoint) string {
	return fmt.Sprintf("%s\n%d\n%s\nat_ms %d\n", origin, c.Size, c.Root, c.AtMS)
}

var errCheckpoint = errors.New("not a valid checkpoint of this log")

// ReadCheckpoint checks the signature and form of a checkpoint's text.
func (l *Log) ReadCheckpoint(text []byte) (Checkpoint, error) {
	if len(text) > 4096 {
		return Checkpoint{}, errCheckpoint
	}
	n, err := note.Open(text, note.VerifierList(l.verifier))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	var c Checkpoint
	var root string
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 {
		return Checkpoint{}, errCheckpoint
	}
	root = lines[2]
	c.Size, err = strconv.ParseInt(lines[1], 10, 64)
	if err == nil {
		c.Root, err = tlog.ParseHash(root)
	}
	if err == nil {
		c.AtMS, err = strconv.ParseInt(strings.TrimPrefix(lines[3], "at_ms "), 10, 64)
	}
	// Signed again, the one true form must come out (Ed25519 is deterministic):
	// base64 would let some changed characters pass.
	if err != nil || checkpointText(l.verifier.Name(), c) != n.Text {
		return Checkpoint{}, errCheckpoint
	}
	again, err := note.Sign(&note.Note{Text: n.Text}, l.signer)
	if err != nil || string(again) != string(text) {
		return Checkpoint{}, errCheckpoint
	}
	c.Note = text
	return c, nil
}
