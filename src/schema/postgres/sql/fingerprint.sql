SELECT encode(sha256(convert_to(coalesce(string_agg(kind || ' ' || name || ' ' || hash, E'\n' ORDER BY kind || ' ' || name COLLATE "C"), ''), 'UTF8')), 'hex') FROM fact
