CREATE TABLE guest (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    mood TEXT NOT NULL DEFAULT 'fine' CHECK (mood IN ('fine', 'well'))
);
CREATE INDEX guest_name ON guest (name);
