package tail

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

const (
	headSize = 1 << 10 // how many of a file's first bytes tell it from others
	markSize = 64      // how many bytes before the offset tell that the file was not cut and grew again
	// evidence is how many bytes must have been read of a file before another one that begins with the same ones is taken for its
	// copy: short beginnings are alike by chance.
	evidence = 256
)

// fileKey is what the file system calls one file, whatever its names are.
type fileKey struct{ device, inode uint64 }

func (k fileKey) String() string { return fmt.Sprintf("%x-%x", k.device, k.inode) }

func hash(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}

// readBefore returns up to n bytes that end at the offset. The error is io.EOF when the file is shorter than that.
func readBefore(r io.ReaderAt, offset int64, n int) ([]byte, error) {
	data := make([]byte, min(int64(n), offset))
	got, err := r.ReadAt(data, offset-int64(len(data)))
	if got == len(data) {
		return data, nil
	}
	return data[:got], err
}

// readHead reads the first bytes of a file, fewer when it is short or when no more can be unpacked. They are in the memory that it is given.
func readHead(r io.ReaderAt, head *[headSize]byte) ([]byte, error) {
	n, err := r.ReadAt(head[:], 0)
	if errors.Is(err, io.EOF) || errors.Is(err, errDamaged) {
		err = nil
	}
	return head[:n], err
}

// holds reports whether the file still holds what the position says is stored of it. A position that covers nothing fits any
// file, so it says nothing of this one.
func holds(r io.ReaderAt, head []byte, p *entry) bool {
	if p.HeadSize > int64(len(head)) || p.checkAt < 0 || p.HeadSize <= 0 {
		return false
	}
	if !bytes.Equal(hash(head[:p.HeadSize]), p.Head) {
		return false
	}
	mark, err := readBefore(r, p.checkAt, markSize)
	return err == nil && (p.checkAt == 0 || bytes.Equal(hash(mark), p.TailHash))
}
