// Checklog verifies an exported log with Go's own libraries, which know nothing of this project.
//
//	checklog [-proofs] DIR [OLD]
//
// DIR holds `vkey` (the log's verifier key), `checkpoint` (a signed note) and the C2SP tiles and entry bundles under
// `tile/`. Every entry must be included in the signed tree. With OLD, the tree of that size must be a prefix of it; where
// DIR also holds `checkpoint.OLD`, an earlier note of the log, its root is the one that must be extended.
// With -proofs it prints the proofs that it made, one a line: what they prove, then their hashes in base64.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	proofs := flag.Bool("proofs", false, "print the proofs")
	flag.Parse()
	if flag.NArg() < 1 || flag.NArg() > 2 {
		fmt.Fprintln(os.Stderr, "usage: checklog [-proofs] DIR [OLD]")
		os.Exit(2)
	}
	if err := check(flag.Arg(0), flag.Arg(1), *proofs); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

func check(dir, old string, proofs bool) error {
	tree, err := openCheckpoint(dir, "checkpoint")
	if err != nil {
		return err
	}
	reader, err := readHashes(tree, tlog.TileHashReader(tree, directory(dir)))
	if err != nil {
		return err
	}
	if err := checkEntries(dir, tree, reader, proofs); err != nil {
		return err
	}
	if old != "" {
		if err := checkPrefix(dir, old, tree, reader, proofs); err != nil {
			return err
		}
	}
	fmt.Printf("accepted: %d entries, root %s\n", tree.N, tree.Hash)
	return nil
}

// openCheckpoint verifies the log's signature on a note and reads the tree head in it.
func openCheckpoint(dir, name string) (tlog.Tree, error) {
	vkey, err := os.ReadFile(filepath.Join(dir, "vkey"))
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("vkey: %w", err)
	}
	signed, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("%s: %w", name, err)
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("%s is of log %q, the key of %q", name, origin, verifier.Name())
	}
	// Go's parser knows one log only, by its first line; the two lines after it are the same.
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("%s: %w", name, err)
	}
	return tree, nil
}

// readHashes reads every hash of the tree at once, so that each tile is authenticated against the root only once.
func readHashes(tree tlog.Tree, tiles tlog.HashReader) (tlog.HashReader, error) {
	if tree.N == 0 {
		if tree.Hash != sha256.Sum256(nil) {
			return nil, fmt.Errorf("the empty tree has root %s", tree.Hash)
		}
		return tiles, nil
	}
	indexes := make([]int64, tlog.StoredHashCount(tree.N))
	for i := range indexes {
		indexes[i] = int64(i)
	}
	hashes, err := tiles.ReadHashes(indexes)
	if err != nil {
		return nil, err
	}
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			if index >= int64(len(hashes)) {
				return nil, fmt.Errorf("hash %d is not in the tree", index)
			}
			found = append(found, hashes[index])
		}
		return found, nil
	}), nil
}

func checkEntries(dir string, tree tlog.Tree, reader tlog.HashReader, proofs bool) error {
	var bundle [][]byte
	for index := int64(0); index < tree.N; index++ {
		if index%256 == 0 {
			var err error
			if bundle, err = readBundle(dir, index/256, tree.N); err != nil {
				return err
			}
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(bundle[index%256])); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
		if proofs {
			printProof(fmt.Sprintf("inclusion %d", index), proof)
		}
	}
	return nil
}

func checkPrefix(dir, old string, tree tlog.Tree, reader tlog.HashReader, proofs bool) error {
	size, err := strconv.ParseInt(old, 10, 64)
	if err != nil {
		return fmt.Errorf("old size: %w", err)
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return fmt.Errorf("tree of %d: %w", size, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "checkpoint."+old)); err == nil {
		earlier, err := openCheckpoint(dir, "checkpoint."+old)
		if err != nil {
			return err
		}
		if earlier.N != size {
			return fmt.Errorf("checkpoint.%s speaks of %d entries", old, earlier.N)
		}
		root = earlier.Hash
	}
	proof, err := tlog.ProveTree(tree.N, size, reader)
	if err != nil {
		return fmt.Errorf("consistency from %d: %w", size, err)
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, size, root); err != nil {
		return fmt.Errorf("consistency from %d: %w", size, err)
	}
	if proofs {
		printProof(fmt.Sprintf("consistency %d", size), proof)
	}
	return nil
}

func printProof(what string, proof []tlog.Hash) {
	fmt.Print(what)
	for _, hash := range proof {
		fmt.Print(" ", hash)
	}
	fmt.Println()
}

// readBundle reads the entries of one bundle: each behind its length in two bytes, big-endian.
func readBundle(dir string, number, size int64) ([][]byte, error) {
	width := size - number*256
	if width > 256 {
		width = 256
	}
	tile := tlog.Tile{H: tileHeight, L: -1, N: number, W: int(width)}
	data, err := os.ReadFile(filepath.Join(dir, "tile/entries", strings.TrimPrefix(tile.Path(), "tile/8/data/")))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for rest := bytes.NewBuffer(data); rest.Len() > 0; {
		length := rest.Next(2)
		if len(length) < 2 || rest.Len() < int(binary.BigEndian.Uint16(length)) {
			return nil, fmt.Errorf("entry bundle %d breaks off", number)
		}
		entries = append(entries, rest.Next(int(binary.BigEndian.Uint16(length))))
	}
	if int64(len(entries)) != width {
		return nil, fmt.Errorf("entry bundle %d holds %d entries, not %d", number, len(entries), width)
	}
	return entries, nil
}

// directory serves tiles from files. Go's paths name the tile height after "tile/"; C2SP's do not, it is always 8.
type directory string

func (directory) Height() int { return tileHeight }

func (directory) SaveTiles([]tlog.Tile, [][]byte) {}

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(d), "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}
