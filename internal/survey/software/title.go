package software

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// key is what a title is known by: the bytes of its id, then those of its number.
type key [24]byte

// TitleID is the id of a title: a UUIDv8 (RFC 9562, section 5.8) from the first
// bits of SHA-256 over kind, name, version, publisher and arch, each with its
// length before it. Every server gives one program the same id without asking.
func TitleID(kind, name, version, publisher, arch string) string {
	return titleKey(kind, name, version, publisher, arch).String()
}

func titleKey(fields ...string) key {
	var buf [256]byte
	b := buf[:0]
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	sum := sha256.Sum256(b)
	var k key
	copy(k[:], sum[:])
	k[6] = k[6]&0x0f | 0x80 // version 8
	k[8] = k[8]&0x3f | 0x80 // variant of RFC 9562
	return k
}

// number is the short form of the id: 63 further bits of the same hash. With a million
// titles, two share one with a chance of 1 : 18 million; the second would then be shown
// by the name of the first.
func (k key) number() int64 {
	return int64(binary.BigEndian.Uint64(k[16:]) >> 1) //nolint:gosec // shifted into range
}

// String writes the id as a UUID.
func (k key) String() string {
	var out [36]byte
	hex.Encode(out[0:8], k[0:4])
	hex.Encode(out[9:13], k[4:6])
	hex.Encode(out[14:18], k[6:8])
	hex.Encode(out[19:23], k[8:10])
	hex.Encode(out[24:36], k[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// nameKeyMax is the length of a name key in characters. PostgreSQL refuses index
// entries over about 2,700 bytes, and no two programs in use share so long a start.
const nameKeyMax = 200

// NameKey is the form of a name that is searched, sorted and decided on: NFKC
// (Unicode Standard Annex 15), lower case, single spaces, 200 characters at most.
// Full-width Latin letters and half-width kana, common in Japanese program names,
// become the usual ones.
func NameKey(name string) string {
	key := strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(name))), " ")
	if len(key) <= nameKeyMax {
		return key
	}
	if runes := []rune(key); len(runes) > nameKeyMax {
		return string(runes[:nameKeyMax])
	}
	return key
}

// rowKeyMax is the length of a row key in bytes, for the same reason.
const rowKeyMax = 400

// rowKey tells rows of one machine apart by name; a name too long for an index is
// cut and keeps a hash of the whole.
func rowKey(name string) string {
	if len(name) <= rowKeyMax {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.ToValidUTF8(name[:rowKeyMax-2*len(sum)], "") + hex.EncodeToString(sum[:])
}

// knownMax bounds each of the two halves of Known: about 5 MB when both are full.
const knownMax = 1 << 16

// Known remembers ids of titles that are stored, so that a report of well-known
// programs costs no statement for titles. It may forget, never invents: only
// committed titles are put in (Remember). Safe for concurrent use.
type Known struct {
	mu         sync.Mutex
	young, old map[key]struct{}
	max        int // of each half
}

// NewKnown returns an empty memory.
func NewKnown() *Known { return &Known{young: map[key]struct{}{}, max: knownMax} }

// Remember puts in titles that are stored for certain: call it after the commit.
func (k *Known) Remember(fresh Fresh) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range fresh {
		k.add(id)
	}
}

// missing returns the indexes of ids that are not known.
func (k *Known) missing(ids []key) []int {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []int
	for i, id := range ids {
		if _, ok := k.young[id]; ok {
			continue
		}
		if _, ok := k.old[id]; ok {
			k.add(id) // in use: survives the next turn
			continue
		}
		out = append(out, i)
	}
	return out
}

// add makes the young half the old one when it is full; the old half is forgotten.
func (k *Known) add(id key) {
	if len(k.young) >= k.max {
		k.old, k.young = k.young, make(map[key]struct{}, k.max)
	}
	k.young[id] = struct{}{}
}

// Fresh are titles a transaction has stored; Known.Remember takes them when the
// transaction is committed.
type Fresh []key
