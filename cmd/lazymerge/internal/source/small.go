package source

import (
	"sync"
)

// SmallFile is a file of the result that is held in memory: all but the shards.
type SmallFile struct {
	Path string
	Data []byte
	From *Source // that it is of; nil for what the merge makes itself
	Name string  // in From
}

// A memo keeps small files that were read once.
type memo struct {
	mu    sync.Mutex
	texts map[string][]byte
}

// read returns the file called name, from open where it was not read before.
func (m *memo) read(name string, open func() ([]byte, error)) ([]byte, error) {
	if m == nil {
		return open()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if text, ok := m.texts[name]; ok {
		return text, nil
	}
	text, err := open()
	if err != nil {
		return nil, err
	}
	if m.texts == nil {
		m.texts = map[string][]byte{}
	}
	m.texts[name] = text
	return text, nil
}
