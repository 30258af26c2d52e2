// The boundary: filled below.
