SELECT 'F ' || jsonb_build_array(kind, name, class, obj, part, hash, body, x)::text FROM fact
