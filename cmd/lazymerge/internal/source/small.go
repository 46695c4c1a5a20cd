package source

import (
	"sync"
)

// SmallFile is a file of the result held in memory: any but a shard.
type SmallFile struct {
	Path string
	Data []byte
	From *Source // where it is copied from; nil if the merge made it
	Name string  // in From
}

// A memo caches small files.
type memo struct {
	mu    sync.Mutex
	texts map[string][]byte
}

// read returns a cached file, or opens it.
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
