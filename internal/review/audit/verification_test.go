package audit_test

import (
	"encoding/json"
	"testing"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/audit"
)

// verified runs the worker as the queue would and gives the stored outcome.
func verified(t *testing.T, db *store.DB, log *audit.Log, a audit.VerifyArgs) audit.Verification {
	t.Helper()
	args, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.VerifyWorker(t.Context(), job.Job{Kind: audit.JobVerify, Args: args}); err != nil {
		t.Fatal(err)
	}
	list, err := audit.Verifications(t.Context(), db, 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d outcomes, %v", len(list), err)
	}
	return list[0]
}

// TestVerificationGoesOn: the second verification reads only what came since the
// checkpoint the first one reached, and damage below it shows when everything is read.
func TestVerificationGoesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := openLog(t, db)
		fill(t, db, 40)
		sign(t, log)
		if v := verified(t, db, log, audit.VerifyArgs{By: "boss"}); !v.OK() || v.From != 0 || v.Size != 40 || v.By != "boss" {
			t.Errorf("first: %+v", v)
		}
		fill(t, db, 30) // 40 is the entry of the verification
		v := verified(t, db, log, audit.VerifyArgs{})
		if !v.OK() || v.From != 40 || v.Size != 71 {
			t.Errorf("second: %+v", v)
		}
		// An old body changes: the rest still fits, reading everything names it.
		if err := exec(t, db, `UPDATE audit_entry SET actor_name = 'somebody else' WHERE seq = 7`); err != nil {
			t.Fatal(err)
		}
		sign(t, log)
		if v := verified(t, db, log, audit.VerifyArgs{}); !v.OK() {
			t.Errorf("third: %+v", v)
		}
		v = verified(t, db, log, audit.VerifyArgs{Full: true})
		if v.OK() || v.From != 0 || v.Damage.Seq != 7 || v.Damage.Kind != audit.DamageColumn {
			t.Errorf("full: %+v %+v", v, v.Damage)
		}
		// Once damage was found the next one reads everything again.
		if v := verified(t, db, log, audit.VerifyArgs{}); v.OK() || v.From != 0 {
			t.Errorf("after damage: %+v", v)
		}
	})
}

// TestVerificationNeedsWhatWasSigned: an entry that went, or a tree hash that was
// changed, below the checkpoint makes the verification read everything and name it.
func TestVerificationNeedsWhatWasSigned(t *testing.T) {
	for name, c := range map[string]struct {
		change string
		kind   audit.DamageKind
		seq    int64
	}{
		"entry gone":          {`DELETE FROM audit_entry WHERE seq = 5`, audit.DamageMissing, 5},
		"tree hash":           {`UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE idx = 0) WHERE idx = (SELECT max(idx) FROM audit_hash WHERE idx < 63)`, audit.DamageHash, 31},
		"newer entry changed": {`UPDATE audit_entry SET action = 'x' WHERE seq = 45`, audit.DamageColumn, 45},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				log := openLog(t, db)
				fill(t, db, 32)
				sign(t, log)
				if v := verified(t, db, log, audit.VerifyArgs{}); !v.OK() {
					t.Fatalf("%+v", v)
				}
				fill(t, db, 20)
				if err := exec(t, db, c.change); err != nil {
					t.Fatal(err)
				}
				v := verified(t, db, log, audit.VerifyArgs{})
				if v.OK() || v.Damage.Kind != c.kind {
					t.Fatalf("%+v %+v", v, v.Damage)
				}
				if v.Damage.Seq != c.seq && c.kind != audit.DamageHash {
					t.Errorf("damage %+v, want at %d", v.Damage, c.seq)
				}
			})
		})
	}
}

func sign(t *testing.T, log *audit.Log) {
	t.Helper()
	if _, err := log.Sign(t.Context()); err != nil {
		t.Fatal(err)
	}
}
