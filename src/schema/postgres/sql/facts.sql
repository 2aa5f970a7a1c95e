-- Every fact of the schema: kind, name, where it stands in the catalog (class, object, part), its body, and what is told
-- beside it (`x`) that is no part of what it is. The same text runs when the schema is read and in the transaction's proof; where
-- nobody asks for it, what is told of the many kinds is left out (`{told}`), because that is half of the work.
WITH member AS MATERIALIZED (
  SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), ns AS MATERIALIZED (
  SELECT n.oid, quote_ident(n.nspname) AS q, n.nspowner, n.nspacl,
         EXISTS (SELECT FROM member m WHERE m.classid = 'pg_namespace'::regclass AND m.objid = n.oid) AS member
  FROM pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname !~ '^_release(_|$)' AND n.nspname <> 'information_schema'
), rel AS MATERIALIZED (
  SELECT c.oid, c.relkind, c.relpersistence, c.reloptions, c.reltoastrelid, c.relrowsecurity, c.relforcerowsecurity,
         c.relreplident, c.relispartition, c.relispopulated, c.relowner, c.relacl, c.reloftype, c.reltablespace, c.relam,
         c.relpartbound, c.reltuples, ns.q AS s, quote_ident(c.relname) AS n, ns.q || '.' || quote_ident(c.relname) AS q
  FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'i', 'I', 'c', 'f') AND c.relpersistence <> 't'
    AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
), belongs AS MATERIALIZED (
  SELECT d.objid AS seq, d.refobjid AS tab, d.refobjsubid AS col, d.deptype
  FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
    AND d.deptype IN ('a', 'i') AND d.objid IN (SELECT oid FROM rel WHERE relkind = 'S')
), att AS MATERIALIZED (
  SELECT a.attrelid, a.attnum, quote_ident(a.attname) AS n, rel.q || '.' || quote_ident(a.attname) AS q, rel.q AS t, rel.s,
         rel.relkind, rel.relispartition, format_type(a.atttypid, a.atttypmod) AS type, a.atttypid, a.attcollation, a.attnotnull,
         a.attidentity, a.attgenerated, a.attstorage, a.attstattarget, a.attoptions, a.attislocal,
         a.attinhcount, a.attacl, rel.relowner, a.attlen, t.typstorage, t.typcollation, t.typtype, t.typcategory,
         CASE WHEN a.attlen = -1 AND rel.relkind IN ('r', 'p', 'm') THEN coalesce(to_jsonb(a) ->> 'attcompression', '') ELSE '' END AS compression
  FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
  WHERE rel.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped
), columns AS MATERIALIZED (
  SELECT attrelid, jsonb_agg(jsonb_build_array(n, type) ORDER BY attnum) AS list,
         jsonb_agg(n ORDER BY attnum) AS names,
         jsonb_agg(jsonb_build_array(n, type, CASE WHEN attcollation <> typcollation THEN
           (SELECT nspq.nspname::text || '.' || quote_ident(co.collname) FROM pg_collation co JOIN pg_namespace nspq ON nspq.oid = co.collnamespace
            WHERE co.oid = attcollation) END) ORDER BY attnum) AS attributes
  FROM att GROUP BY attrelid
), coll AS MATERIALIZED (
  SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.collname) AS q FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
), proc AS MATERIALIZED (
  SELECT p.*, ns.q AS s, quote_ident(p.proname) AS n,
         ns.q || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS sig,
         ns.q || '.' || quote_ident(p.proname) || '(' || coalesce((
           SELECT string_agg(format_type(a.t, NULL), ', ' ORDER BY a.i) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(t, i)), '') || ')' AS q
  FROM pg_proc p JOIN ns ON ns.oid = p.pronamespace
  WHERE p.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_proc'::regclass)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
), typ AS MATERIALIZED (
  SELECT t.*, ns.q AS s, quote_ident(t.typname) AS n, ns.q || '.' || quote_ident(t.typname) AS q
  FROM pg_type t JOIN ns ON ns.oid = t.typnamespace
  WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r') AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
    AND (t.typtype <> 'b' OR NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))
    AND (t.typrelid = 0 OR t.typrelid IN (SELECT oid FROM rel WHERE relkind = 'c'))
), seqs AS MATERIALIZED (
  SELECT s.seqrelid, jsonb_build_object('type', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement,
         'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache, 'cycle', s.seqcycle) AS options
  FROM pg_sequence s JOIN rel ON rel.oid = s.seqrelid
), plain AS (
  SELECT 'schema' AS kind, ns.q AS name, 'pg_namespace'::regclass::oid AS class, ns.oid AS obj, 0 AS part, '{}'::jsonb AS body,
         jsonb_build_object('name', ns.q) AS x
  FROM ns WHERE NOT member
UNION ALL
  SELECT 'extension', quote_ident(e.extname), 'pg_extension'::regclass, e.oid, 0,
         jsonb_build_object('version', e.extversion, 'schema', quote_ident(n.nspname)), jsonb_build_object('name', quote_ident(e.extname))
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'
UNION ALL
  SELECT 'table', q, 'pg_class'::regclass, r.oid, 0, jsonb_strip_nulls(jsonb_build_object(
           'persistence', relpersistence, 'key', pg_get_partkeydef(r.oid), 'rls', relrowsecurity, 'force', relforcerowsecurity,
           'identity', nullif(relreplident, 'i'), 'access', CASE WHEN relkind = 'r' THEN (SELECT amname FROM pg_am WHERE pg_am.oid = relam) END,
           'tablespace', (SELECT quote_ident(spcname) FROM pg_tablespace sp WHERE sp.oid = reltablespace),
           'options', (SELECT jsonb_agg(o) FROM (SELECT unnest(r.reloptions) AS o
              UNION ALL SELECT 'toast.' || unnest(tt.reloptions) FROM pg_class tt WHERE tt.oid = r.reltoastrelid) AS os))),
         CASE WHEN {told} THEN jsonb_build_object('schema', s, 'name', n, 'partition', relispartition, 'rows', reltuples) END
  FROM rel r WHERE relkind IN ('r', 'p')
UNION ALL
  SELECT 'partition', r.q, 'pg_class'::regclass, r.oid, -1,
         jsonb_build_object('parent', p.q, 'bound', pg_get_expr(r.relpartbound, r.oid)), jsonb_build_object('on', r.q, 'parent', 'table ' || p.q,
           'check', pg_get_partition_constraintdef(r.oid))
  FROM rel r JOIN pg_inherits i ON i.inhrelid = r.oid JOIN rel p ON p.oid = i.inhparent WHERE r.relispartition AND r.relkind IN ('r', 'p')
UNION ALL
  SELECT 'inherit', r.q || ' ' || p.q, 'pg_inherits'::regclass, r.oid, i.inhseqno,
         jsonb_build_object('parent', p.q, 'place', i.inhseqno), jsonb_build_object('on', r.q, 'parent', 'table ' || p.q)
  FROM rel r JOIN pg_inherits i ON i.inhrelid = r.oid JOIN rel p ON p.oid = i.inhparent WHERE NOT r.relispartition AND r.relkind IN ('r', 'f')
UNION ALL
  SELECT 'column', a.q, 'pg_class'::regclass, a.attrelid, a.attnum, jsonb_strip_nulls(jsonb_build_object(
           'type', a.type, 'collation', CASE WHEN a.attcollation <> a.typcollation THEN coll.q END, 'notnull', a.attnotnull,
           'identity', nullif(a.attidentity, ''), 'sequence', sq.q, 'options', CASE WHEN sq.q IS NOT NULL THEN seqs.options END,
           'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
           'storage', CASE WHEN a.attstorage <> a.typstorage THEN a.attstorage END, 'compression', nullif(a.compression, ''),
           'target', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
           'settings', to_jsonb(a.attoptions),
           'local', CASE WHEN a.attinhcount > 0 AND NOT a.relispartition THEN a.attislocal END,
           'inherited', CASE WHEN a.attinhcount > 0 AND NOT a.relispartition THEN a.attinhcount END)),
         CASE WHEN {told} THEN jsonb_build_object('on', a.t, 'name', a.n, 'place', a.attnum, 'storage', a.typstorage, 'inherited', a.attinhcount > 0, 'typtype', a.typtype,
           'category', a.typcategory, 'owntype', a.atttypid >= 16384,
           'virtual', to_jsonb(a.attgenerated)) END
  FROM att a LEFT JOIN coll ON coll.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated <> ''
    LEFT JOIN belongs b ON b.tab = a.attrelid AND b.col = a.attnum AND b.deptype = 'i' AND a.attidentity <> ''
    LEFT JOIN rel sq ON sq.oid = b.seq LEFT JOIN seqs ON seqs.seqrelid = sq.oid
  WHERE a.relkind IN ('r', 'p')
UNION ALL
  SELECT 'default', a.q, 'pg_attrdef'::regclass, d.oid, 0, jsonb_build_object('expr', pg_get_expr(d.adbin, d.adrelid)),
         CASE WHEN {told} THEN jsonb_build_object('on', a.t, 'name', a.n, 'of', CASE WHEN a.relkind = 'v' THEN 'view ' || a.t ELSE 'column ' || a.q END) END
  FROM pg_attrdef d JOIN att a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  WHERE a.attgenerated = '' AND a.relkind IN ('r', 'p', 'v')
UNION ALL
  SELECT 'constraint', r.q || '.' || quote_ident(k.conname), 'pg_constraint'::regclass, k.oid, 0, jsonb_strip_nulls(jsonb_build_object(
           'type', k.contype, 'def', pg_get_constraintdef(k.oid), 'parent', pk.q, 'validated', k.convalidated,
           'local', CASE WHEN k.coninhcount > 0 AND NOT r.relispartition THEN k.conislocal END,
           'options', to_jsonb(ic.reloptions), 'replident', nullif(ix.indisreplident, false),
           'clustered', nullif(ix.indisclustered, false),
           'tablespace', (SELECT quote_ident(spcname) FROM pg_tablespace sp WHERE sp.oid = ic.reltablespace))),
         CASE WHEN {told} THEN jsonb_build_object('on', r.q, 'name', quote_ident(k.conname), 'inherited', k.coninhcount > 0, 'partition', r.relispartition,
           'references', 'table ' || f.q,
           'index', CASE WHEN k.contype IN ('p', 'u', 'x') THEN ic.oid END,
           'columns', (SELECT jsonb_agg(quote_ident(a.attname) ORDER BY u.i) FROM unnest(k.conkey) WITH ORDINALITY AS u(c, i) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.c),
           'refcolumns', CASE WHEN k.contype = 'f' THEN (SELECT jsonb_agg(quote_ident(a.attname) ORDER BY u.i) FROM unnest(k.confkey) WITH ORDINALITY AS u(c, i) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.c) END,
           'expr', CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END) END
  FROM pg_constraint k JOIN rel r ON r.oid = k.conrelid
    LEFT JOIN rel f ON f.oid = k.confrelid AND k.contype = 'f'
    LEFT JOIN pg_index ix ON ix.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x') LEFT JOIN pg_class ic ON ic.oid = ix.indexrelid
    LEFT JOIN (SELECT pc.oid, pr.q || '.' || quote_ident(pc.conname) AS q FROM pg_constraint pc JOIN rel pr ON pr.oid = pc.conrelid) AS pk ON pk.oid = k.conparentid
  WHERE k.contype IN ('p', 'u', 'x', 'c', 'f') AND r.relkind IN ('r', 'p')
UNION ALL
  SELECT 'index', i.q, 'pg_class'::regclass, i.oid, 0, jsonb_strip_nulls(jsonb_build_object(
           'def', pg_get_indexdef(i.oid), 'parent', pi.q, 'replident', nullif(ix.indisreplident, false), 'clustered', nullif(ix.indisclustered, false),
           'invalid', nullif(ix.indislive AND ix.indisready AND ix.indisvalid, true),
           'tablespace', (SELECT quote_ident(spcname) FROM pg_tablespace sp WHERE sp.oid = i.reltablespace),
           'targets', (SELECT jsonb_agg(jsonb_build_array(ia.attnum, ia.attstattarget) ORDER BY ia.attnum) FROM pg_attribute ia
              WHERE ia.attrelid = i.oid AND ia.attstattarget >= 0 AND ix.indexprs IS NOT NULL))),
         CASE WHEN {told} THEN jsonb_build_object('schema', i.s, 'name', i.n, 'on', r.q, 'unique', ix.indisunique, 'plain', ix.indexprs IS NULL AND ix.indpred IS NULL,
           'mat', r.relkind = 'm', 'nullable', ix.indpred IS NULL AND ix.indexprs IS NULL, 'partition', r.relispartition,
           'where', pg_get_expr(ix.indpred, ix.indrelid),
           'keys', CASE WHEN ix.indisunique THEN (SELECT jsonb_agg(pg_get_indexdef(i.oid, n, false) ORDER BY n) FROM generate_series(1, ix.indnkeyatts) AS n) END,
           'columns', (SELECT jsonb_agg(quote_ident(a.attname) ORDER BY u.i) FROM unnest(ix.indkey::int2[]) WITH ORDINALITY AS u(c, i)
              JOIN pg_attribute a ON a.attrelid = ix.indrelid AND a.attnum = u.c WHERE u.i <= ix.indnkeyatts)) END
  FROM rel i JOIN pg_index ix ON ix.indexrelid = i.oid JOIN rel r ON r.oid = ix.indrelid
    LEFT JOIN pg_inherits h ON h.inhrelid = i.oid LEFT JOIN rel pi ON pi.oid = h.inhparent
  WHERE i.relkind IN ('i', 'I')
    AND i.oid NOT IN (SELECT k.conindid FROM pg_constraint k WHERE k.contype IN ('p', 'u', 'x'))
UNION ALL
  SELECT 'sequence', r.q, 'pg_class'::regclass, r.oid, 0, seqs.options || jsonb_build_object('persistence', r.relpersistence),
         jsonb_build_object('schema', r.s, 'name', r.n)
  FROM rel r JOIN seqs ON seqs.seqrelid = r.oid WHERE r.oid NOT IN (SELECT seq FROM belongs WHERE deptype = 'i')
UNION ALL
  SELECT 'owned', r.q, 'pg_depend'::regclass, r.oid, 0, jsonb_build_object('by', a.q),
         jsonb_build_object('on', r.q, 'sequence', 'sequence ' || r.q, 'column', 'column ' || a.q)
  FROM belongs b JOIN rel r ON r.oid = b.seq JOIN att a ON a.attrelid = b.tab AND a.attnum = b.col WHERE b.deptype = 'a'
UNION ALL
  SELECT CASE r.relkind WHEN 'v' THEN 'view' ELSE 'matview' END, r.q, 'pg_class'::regclass, r.oid, 0, jsonb_strip_nulls(jsonb_build_object(
           'def', pg_get_viewdef(r.oid), 'columns', CASE WHEN r.relkind = 'v' THEN columns.list END, 'options', to_jsonb(r.reloptions),
           'access', CASE WHEN r.relkind = 'm' THEN (SELECT amname FROM pg_am WHERE pg_am.oid = r.relam) END,
           'tablespace', (SELECT quote_ident(spcname) FROM pg_tablespace sp WHERE sp.oid = r.reltablespace))),
         jsonb_build_object('schema', r.s, 'name', r.n, 'populated', r.relispopulated, 'names', columns.names)
  FROM rel r LEFT JOIN columns ON columns.attrelid = r.oid WHERE r.relkind IN ('v', 'm')
UNION ALL
  SELECT 'setting', a.q, 'pg_class'::regclass, a.attrelid, a.attnum, jsonb_strip_nulls(jsonb_build_object(
           'target', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END, 'storage', CASE WHEN a.attstorage <> a.typstorage THEN a.attstorage END,
           'compression', nullif(a.compression, ''), 'settings', to_jsonb(a.attoptions))),
         jsonb_build_object('on', a.t, 'name', a.n, 'storage', a.typstorage, 'of', 'matview ' || a.t)
  FROM att a WHERE a.relkind = 'm' AND (a.attstattarget >= 0 OR a.attstorage <> a.typstorage OR a.compression <> '' OR a.attoptions IS NOT NULL)
UNION ALL
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.q, 'pg_proc'::regclass, p.oid, 0,
         jsonb_build_object('def', pg_get_functiondef(p.oid)),
         CASE WHEN {told} THEN jsonb_build_object('schema', p.s, 'name', p.n, 'returns', pg_get_function_result(p.oid), 'args', to_jsonb(p.proargnames), 'modes', to_jsonb(p.proargmodes),
           'defaults', p.pronargdefaults, 'kind', p.prokind, 'alltypes', to_jsonb(p.proallargtypes::regtype[]::text[]), 'identity', p.sig) END
  FROM proc p WHERE p.prokind <> 'a'
UNION ALL
  SELECT 'aggregate', p.q, 'pg_proc'::regclass, p.oid, 0, jsonb_strip_nulls(to_jsonb(g) - 'aggfnoid' - 'aggtranstype' - 'aggmtranstype' - 'aggsortop' ||
           jsonb_build_object('args', pg_get_function_arguments(p.oid), 'stype', format_type(g.aggtranstype, NULL), 'sortop', CASE WHEN g.aggsortop <> 0 THEN (SELECT 'OPERATOR(' || quote_ident(on1.nspname) || '.' || o.oprname || ')' FROM pg_operator o JOIN pg_namespace on1 ON on1.oid = o.oprnamespace WHERE o.oid = g.aggsortop) END,
           'mstype', CASE WHEN g.aggmtranstype <> 0 THEN format_type(g.aggmtranstype, NULL) END, 'parallel', p.proparallel)),
         jsonb_build_object('schema', p.s, 'name', p.n)
  FROM proc p JOIN pg_aggregate g ON g.aggfnoid = p.oid
UNION ALL
  SELECT 'enum', t.q, 'pg_type'::regclass, t.oid, 0,
         jsonb_build_object('labels', (SELECT coalesce(jsonb_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_enum e WHERE e.enumtypid = t.oid)),
         jsonb_build_object('schema', t.s, 'name', t.n)
  FROM typ t WHERE t.typtype = 'e'
UNION ALL
  SELECT 'domain', t.q, 'pg_type'::regclass, t.oid, 0, jsonb_strip_nulls(jsonb_build_object('type', format_type(t.typbasetype, t.typtypmod),
           'notnull', t.typnotnull, 'default', pg_get_expr(t.typdefaultbin, 0), 'collation', CASE WHEN t.typcollation <> bt.typcollation THEN coll.q END)),
         jsonb_build_object('schema', t.s, 'name', t.n)
  FROM typ t JOIN pg_type bt ON bt.oid = t.typbasetype LEFT JOIN coll ON coll.oid = t.typcollation WHERE t.typtype = 'd'
UNION ALL
  SELECT 'domain constraint', t.q || '.' || quote_ident(k.conname), 'pg_constraint'::regclass, k.oid, 0,
         jsonb_build_object('def', pg_get_constraintdef(k.oid)), jsonb_build_object('on', t.q, 'name', quote_ident(k.conname), 'domain', 'domain ' || t.q)
  FROM typ t JOIN pg_constraint k ON k.contypid = t.oid WHERE t.typtype = 'd' AND k.contype = 'c'
UNION ALL
  SELECT 'type', t.q, 'pg_type'::regclass, t.oid, 0, jsonb_build_object('attributes', coalesce(columns.attributes, '[]')), jsonb_build_object('schema', t.s, 'name', t.n)
  FROM typ t LEFT JOIN columns ON columns.attrelid = t.typrelid WHERE t.typtype = 'c'
UNION ALL
  SELECT 'range', t.q, 'pg_type'::regclass, t.oid, 0, jsonb_strip_nulls(jsonb_build_object('subtype', format_type(g.rngsubtype, NULL),
           'collation', CASE WHEN g.rngcollation <> st.typcollation THEN coll.q END, 'canonical', nullif(g.rngcanonical, 0)::regproc,
           'diff', nullif(g.rngsubdiff, 0)::regproc, 'opclass', CASE WHEN NOT oc.opcdefault THEN quote_ident(oq.nspname) || '.' || quote_ident(oc.opcname) END,
           'multirange', (SELECT quote_ident(mn.nspname) || '.' || quote_ident(mt.typname) FROM pg_type mt JOIN pg_namespace mn ON mn.oid = mt.typnamespace
                WHERE mt.oid = (to_jsonb(g) ->> 'rngmultitypid')::oid))), jsonb_build_object('schema', t.s, 'name', t.n)
  FROM typ t JOIN pg_range g ON g.rngtypid = t.oid JOIN pg_type st ON st.oid = g.rngsubtype JOIN pg_opclass oc ON oc.oid = g.rngsubopc
    JOIN pg_namespace oq ON oq.oid = oc.opcnamespace LEFT JOIN coll ON coll.oid = g.rngcollation WHERE t.typtype = 'r'
UNION ALL
  SELECT 'collation', ns.q || '.' || quote_ident(c.collname), 'pg_collation'::regclass, c.oid, 0,
         jsonb_strip_nulls(jsonb_build_object('provider', c.collprovider, 'deterministic', c.collisdeterministic, 'collate', c.collcollate, 'ctype', c.collctype,
           'locale', coalesce(to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'colllocale'), 'rules', to_jsonb(c) ->> 'collicurules')),
         jsonb_build_object('name', quote_ident(c.collname))
  FROM pg_collation c JOIN ns ON ns.oid = c.collnamespace WHERE c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_collation'::regclass)
UNION ALL
  SELECT 'statistics', ns.q || '.' || quote_ident(s.stxname), 'pg_statistic_ext'::regclass, s.oid, 0,
         jsonb_strip_nulls(jsonb_build_object('def', pg_get_statisticsobjdef(s.oid), 'target', nullif(s.stxstattarget, -1))),
         jsonb_build_object('name', quote_ident(s.stxname), 'on', rel.q)
  FROM pg_statistic_ext s JOIN ns ON ns.oid = s.stxnamespace JOIN rel ON rel.oid = s.stxrelid
UNION ALL
  SELECT 'trigger', r.q || '.' || quote_ident(t.tgname), 'pg_trigger'::regclass, t.oid, 0,
         jsonb_build_object('def', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled),
         jsonb_build_object('on', r.q, 'name', quote_ident(t.tgname), 'view', r.relkind = 'v')
  FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.deptype IN ('P', 'S')
     AND d.refclassid = 'pg_trigger'::regclass)
UNION ALL
  SELECT 'trigger', r.q || '.' || quote_ident(t.tgname), 'pg_trigger'::regclass, t.oid, 0,
         jsonb_build_object('parent', pr.q || '.' || quote_ident(pt.tgname), 'enabled', t.tgenabled),
         jsonb_build_object('on', r.q, 'name', quote_ident(t.tgname), 'parent', 'trigger ' || pr.q || '.' || quote_ident(pt.tgname),
           'usual', pt.tgenabled, 'of', 'partition ' || r.q)
  FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid
    JOIN pg_depend d ON d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.deptype = 'P' AND d.refclassid = 'pg_trigger'::regclass
    JOIN pg_trigger pt ON pt.oid = d.refobjid JOIN rel pr ON pr.oid = pt.tgrelid
  WHERE NOT t.tgisinternal AND t.tgenabled <> pt.tgenabled
UNION ALL
  SELECT 'rule', r.q || '.' || quote_ident(w.rulename), 'pg_rewrite'::regclass, w.oid, 0,
         jsonb_build_object('def', pg_get_ruledef(w.oid), 'enabled', w.ev_enabled), jsonb_build_object('on', r.q, 'name', quote_ident(w.rulename))
  FROM pg_rewrite w JOIN rel r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
UNION ALL
  SELECT 'policy', r.q || '.' || quote_ident(p.polname), 'pg_policy'::regclass, p.oid, 0, jsonb_strip_nulls(jsonb_build_object(
           'command', p.polcmd, 'permissive', p.polpermissive, 'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid),
           'roles', (SELECT jsonb_agg(CASE WHEN u.r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(u.r)) END ORDER BY CASE WHEN u.r = 0 THEN '' ELSE pg_get_userbyid(u.r) END COLLATE "C") FROM unnest(p.polroles) AS u(r)))),
         jsonb_build_object('on', r.q, 'name', quote_ident(p.polname))
  FROM pg_policy p JOIN rel r ON r.oid = p.polrelid
UNION ALL
  SELECT 'event trigger', quote_ident(e.evtname), 'pg_event_trigger'::regclass, e.oid, 0,
         jsonb_strip_nulls(jsonb_build_object('event', e.evtevent, 'enabled', e.evtenabled, 'tags', to_jsonb(e.evttags), 'function', e.evtfoid::regproc)),
         jsonb_build_object('name', quote_ident(e.evtname))
  FROM pg_event_trigger e WHERE e.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_event_trigger'::regclass)
UNION ALL
  SELECT 'unknown', u.what || ' ' || u.name, u.class, u.oid, 0, jsonb_strip_nulls(jsonb_build_object('def', u.def)), '{}'
  FROM (
    SELECT 'operator' AS what, o.oid::regoperator::text AS name, 'pg_operator'::regclass::oid AS class, o.oid, NULL::jsonb AS def FROM pg_operator o JOIN ns ON ns.oid = o.oprnamespace
    UNION ALL SELECT 'operator class', o.opcname, 'pg_opclass'::regclass, o.oid, NULL FROM pg_opclass o JOIN ns ON ns.oid = o.opcnamespace
    UNION ALL SELECT 'operator family', o.opfname, 'pg_opfamily'::regclass, o.oid, NULL FROM pg_opfamily o JOIN ns ON ns.oid = o.opfnamespace
    UNION ALL SELECT 'cast', format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL), 'pg_cast'::regclass, c.oid, NULL FROM pg_cast c WHERE c.oid >= 16384
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')
    UNION ALL SELECT 'conversion', c.conname, 'pg_conversion'::regclass, c.oid, NULL FROM pg_conversion c JOIN ns ON ns.oid = c.connamespace
    UNION ALL SELECT 'text search configuration', c.cfgname, 'pg_ts_config'::regclass, c.oid, jsonb_build_object('schema', ns.q,
        'parser', (SELECT pn.nspname || '.' || p.prsname FROM pg_ts_parser p JOIN pg_namespace pn ON pn.oid = p.prsnamespace WHERE p.oid = c.cfgparser),
        'map', (SELECT jsonb_agg(jsonb_build_array(m.maptokentype, m.mapseqno, dn.nspname, d.dictname) ORDER BY m.maptokentype, m.mapseqno)
          FROM pg_ts_config_map m JOIN pg_ts_dict d ON d.oid = m.mapdict JOIN pg_namespace dn ON dn.oid = d.dictnamespace WHERE m.mapcfg = c.oid)) FROM pg_ts_config c JOIN ns ON ns.oid = c.cfgnamespace
    UNION ALL SELECT 'text search dictionary', c.dictname, 'pg_ts_dict'::regclass, c.oid, jsonb_build_object('schema', ns.q, 'options', c.dictinitoption,
        'template', (SELECT tn.nspname || '.' || t.tmplname FROM pg_ts_template t JOIN pg_namespace tn ON tn.oid = t.tmplnamespace WHERE t.oid = c.dicttemplate)) FROM pg_ts_dict c JOIN ns ON ns.oid = c.dictnamespace
    UNION ALL SELECT 'text search parser', c.prsname, 'pg_ts_parser'::regclass, c.oid, NULL FROM pg_ts_parser c JOIN ns ON ns.oid = c.prsnamespace
    UNION ALL SELECT 'text search template', c.tmplname, 'pg_ts_template'::regclass, c.oid, NULL FROM pg_ts_template c JOIN ns ON ns.oid = c.tmplnamespace
    UNION ALL SELECT 'language', l.lanname, 'pg_language'::regclass, l.oid, NULL FROM pg_language l WHERE l.oid >= 16384
    UNION ALL SELECT 'access method', a.amname, 'pg_am'::regclass, a.oid, NULL FROM pg_am a WHERE a.oid >= 16384
    UNION ALL SELECT 'foreign data wrapper', f.fdwname, 'pg_foreign_data_wrapper'::regclass, f.oid, jsonb_build_object('options', f.fdwoptions,
        'handler', (SELECT pn.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace pn ON pn.oid = p.pronamespace WHERE p.oid = f.fdwhandler),
        'validator', (SELECT pn.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace pn ON pn.oid = p.pronamespace WHERE p.oid = f.fdwvalidator)) FROM pg_foreign_data_wrapper f
    UNION ALL SELECT 'server', f.srvname, 'pg_foreign_server'::regclass, f.oid, jsonb_build_object('type', f.srvtype, 'version', f.srvversion, 'options', f.srvoptions,
        'wrapper', (SELECT w.fdwname FROM pg_foreign_data_wrapper w WHERE w.oid = f.srvfdw)) FROM pg_foreign_server f
    UNION ALL SELECT 'user mapping', coalesce(m.usename, 'public') || ' for server ' || m.srvname, 'pg_user_mapping'::regclass, m.umid, jsonb_build_object('options', md5(m.umoptions::text)) FROM pg_user_mappings m
    UNION ALL SELECT 'publication', p.pubname, 'pg_publication'::regclass, p.oid, to_jsonb(p) - 'oid' - 'pubname' - 'pubowner' || jsonb_build_object(
        'tables', (SELECT jsonb_agg(jsonb_build_array(pn.nspname, c.relname, to_jsonb(r) -> 'prattrs',
            (SELECT to_jsonb(v) -> 'rowfilter' FROM pg_publication_tables v WHERE v.pubname = p.pubname AND v.schemaname = pn.nspname AND v.tablename = c.relname))
            ORDER BY pn.nspname, c.relname)
          FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace pn ON pn.oid = c.relnamespace WHERE r.prpubid = p.oid),
        'others', (SELECT jsonb_agg(jsonb_build_array(v.schemaname, v.tablename) ORDER BY v.schemaname, v.tablename) FROM pg_publication_tables v
          WHERE v.pubname = p.pubname AND NOT p.puballtables AND NOT EXISTS (SELECT FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
            JOIN pg_namespace pn ON pn.oid = c.relnamespace WHERE r.prpubid = p.oid AND pn.nspname = v.schemaname AND c.relname = v.tablename))) FROM pg_publication p
    UNION ALL SELECT 'subscription', s.subname, 'pg_subscription'::regclass, s.oid, NULL FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()
    UNION ALL SELECT 'transform', format_type(t.trftype, NULL), 'pg_transform'::regclass, t.oid, NULL FROM pg_transform t WHERE t.oid >= 16384
    UNION ALL SELECT 'shell type', ns.q || '.' || quote_ident(t.typname), 'pg_type'::regclass, t.oid, NULL FROM pg_type t JOIN ns ON ns.oid = t.typnamespace WHERE t.typtype = 'p'
    UNION ALL SELECT 'base type', t.q, 'pg_type'::regclass, t.oid, NULL FROM typ t WHERE t.typtype = 'b'
    UNION ALL SELECT 'foreign table', r.q, 'pg_class'::regclass, r.oid, jsonb_build_object(
        'server', (SELECT fs.srvname FROM pg_foreign_table ft JOIN pg_foreign_server fs ON fs.oid = ft.ftserver WHERE ft.ftrelid = r.oid),
        'options', (SELECT to_jsonb(ft.ftoptions) FROM pg_foreign_table ft WHERE ft.ftrelid = r.oid),
        'columns', (SELECT jsonb_agg(jsonb_build_array(a.n, a.type, a.attnotnull, fa.attfdwoptions, pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
          FROM att a JOIN pg_attribute fa ON fa.attrelid = a.attrelid AND fa.attnum = a.attnum
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = r.oid)) FROM rel r WHERE r.relkind = 'f'
    UNION ALL SELECT 'typed table', r.q, 'pg_class'::regclass, r.oid, NULL FROM rel r WHERE r.reloftype <> 0
    UNION ALL SELECT 'security label of', l.classoid::regclass || ' ' || l.objoid, 'pg_seclabel'::regclass, l.objoid, NULL FROM pg_seclabel l
    UNION ALL SELECT 'disabled foreign key trigger of', r.q, 'pg_trigger'::regclass, t.oid, NULL FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid
      WHERE t.tgisinternal AND t.tgenabled <> 'O' AND t.tgconstraint <> 0
  ) AS u WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = u.class AND m.objid = u.oid)
), described AS (
  SELECT 'comment' AS kind, p.kind || ' ' || p.name AS name, 'pg_description'::regclass::oid AS class, d.objoid AS obj, d.objsubid AS part,
         jsonb_build_object('text', d.description) AS body, p.x || jsonb_build_object('of', p.kind || ' ' || p.name) AS x
  FROM plain p JOIN pg_description d ON d.classoid = p.class AND d.objoid = p.obj AND d.objsubid = p.part
  WHERE p.kind NOT IN ('setting', 'unknown') AND NOT (p.kind = 'schema' AND p.name = 'public' AND d.description = 'standard public schema')
    AND NOT (p.kind = 'extension' AND EXISTS (SELECT FROM pg_available_extensions v WHERE quote_ident(v.name) = p.name AND v.comment = d.description))
UNION ALL
  SELECT 'comment', CASE WHEN a.relkind = 'c' THEN 'attribute ' ELSE 'view column ' END || a.q, 'pg_description'::regclass, d.objoid, d.objsubid,
         jsonb_build_object('text', d.description), jsonb_build_object('on', a.t, 'name', a.n, 'of',
           CASE a.relkind WHEN 'c' THEN 'type ' WHEN 'm' THEN 'matview ' ELSE 'view ' END || a.t)
  FROM att a JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
  WHERE a.relkind IN ('v', 'm', 'c')
UNION ALL
  SELECT 'comment', 'index of constraint ' || r.q || '.' || quote_ident(k.conname), 'pg_description'::regclass, d.objoid, 0,
         jsonb_build_object('text', d.description), jsonb_build_object('index', ic.q, 'of', 'constraint ' || r.q || '.' || quote_ident(k.conname))
  FROM pg_constraint k JOIN rel r ON r.oid = k.conrelid JOIN rel ic ON ic.oid = k.conindid
    JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = ic.oid AND d.objsubid = 0
  WHERE k.contype IN ('p', 'u', 'x')
UNION ALL
  SELECT 'comment', 'identity sequence ' || sq.q, 'pg_description'::regclass, d.objoid, 0,
         jsonb_build_object('text', d.description), jsonb_build_object('on', a.t, 'of', 'column ' || a.q)
  FROM belongs b JOIN rel sq ON sq.oid = b.seq JOIN att a ON a.attrelid = b.tab AND a.attnum = b.col
    JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = sq.oid AND d.objsubid = 0
  WHERE b.deptype = 'i'
), acls AS (
  SELECT 'table' AS what, CASE r.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'matview ' ELSE 'table ' END || r.q AS subject, r.q AS name, NULL::text AS col,
         r.relacl AS acl, acldefault('r', r.relowner) AS usual, r.relowner AS owner, 'pg_class'::regclass::oid AS class, r.oid AS obj, 0 AS part
  FROM rel r WHERE r.relkind IN ('r', 'p', 'v', 'm') AND r.relacl IS NOT NULL
  UNION ALL SELECT 'sequence', coalesce('column ' || a.q, 'sequence ' || r.q), r.q, NULL, r.relacl, acldefault('s', r.relowner), r.relowner, 'pg_class'::regclass, r.oid, 0
  FROM rel r LEFT JOIN belongs b ON b.seq = r.oid AND b.deptype = 'i' LEFT JOIN att a ON a.attrelid = b.tab AND a.attnum = b.col
  WHERE r.relkind = 'S' AND r.relacl IS NOT NULL
  UNION ALL SELECT 'column', CASE a.relkind WHEN 'v' THEN 'view ' || a.t WHEN 'm' THEN 'matview ' || a.t ELSE 'column ' || a.q END, a.t, a.n, a.attacl, acldefault('c', a.relowner), a.relowner, 'pg_class'::regclass, a.attrelid, a.attnum
  FROM att a WHERE a.attacl IS NOT NULL AND a.relkind IN ('r', 'p', 'v', 'm')
  UNION ALL SELECT 'schema', 'schema ' || ns.q, ns.q, NULL, ns.nspacl,
         CASE WHEN ns.q = 'public' AND current_setting('server_version_num')::int >= 150000 THEN acldefault('n', ns.nspowner) || makeaclitem(0, ns.nspowner, 'USAGE', false)
              WHEN ns.q = 'public' THEN acldefault('n', ns.nspowner) || makeaclitem(0, ns.nspowner, 'USAGE', false) || makeaclitem(0, ns.nspowner, 'CREATE', false)
              ELSE acldefault('n', ns.nspowner) END, ns.nspowner, 'pg_namespace'::regclass, ns.oid, 0
  FROM ns WHERE NOT ns.member AND (ns.nspacl IS NOT NULL OR ns.q = 'public')
  UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
         CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END || p.q, p.q, NULL, p.proacl, acldefault('f', p.proowner), p.proowner, 'pg_proc'::regclass, p.oid, 0
  FROM proc p WHERE p.proacl IS NOT NULL
  UNION ALL SELECT 'type', CASE t.typtype WHEN 'e' THEN 'enum ' WHEN 'd' THEN 'domain ' WHEN 'r' THEN 'range ' ELSE 'type ' END || t.q, t.q, NULL, t.typacl, acldefault('T', t.typowner), t.typowner, 'pg_type'::regclass, t.oid, 0
  FROM typ t WHERE t.typacl IS NOT NULL
), granted AS (
  SELECT a.*, now_.entries, usual_.entries AS usually
  FROM acls a
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(CASE e.grantee WHEN a.owner THEN 'OWNER' WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END,
      e.privilege_type, e.is_grantable AND e.grantee <> a.owner)), '[]') AS entries FROM aclexplode(coalesce(a.acl, acldefault('n', a.owner))) AS e) AS now_
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(CASE e.grantee WHEN a.owner THEN 'OWNER' WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END,
      e.privilege_type, e.is_grantable AND e.grantee <> a.owner)), '[]') AS entries FROM aclexplode(a.usual) AS e) AS usual_
), defaults AS (
  SELECT d.oid, quote_ident(pg_get_userbyid(d.defaclrole)) AS role, ns.q AS s, d.defaclobjtype AS type, d.defaclrole AS owner, d.defaclacl AS acl,
         CASE WHEN d.defaclnamespace = 0 THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END AS usual
  FROM pg_default_acl d LEFT JOIN ns ON ns.oid = d.defaclnamespace WHERE d.defaclnamespace = 0 OR ns.oid IS NOT NULL
), access AS (
  SELECT 'grant' AS kind, CASE WHEN what = 'column' THEN 'column ' || name || '.' || col WHEN what = 'sequence' THEN 'sequence ' || name ELSE subject END AS name, 'pg_shdepend'::regclass::oid AS class, obj, part,
         jsonb_build_object('entries', entries) AS body, jsonb_build_object('what', what, 'on', name, 'column', col, 'of', subject, 'usual', usually) AS x
  FROM granted WHERE entries <> usually
UNION ALL
  SELECT 'owner', o.subject, 'pg_authid'::regclass, o.obj, 0, jsonb_build_object('role', quote_ident(pg_get_userbyid(o.owner))), jsonb_build_object('what', o.what, 'on', o.name, 'of', o.subject)
  FROM (
    SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'table' END AS what,
           CASE r.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'matview ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || r.q AS subject, r.q AS name, r.relowner AS owner, r.oid AS obj
    FROM rel r WHERE r.relkind IN ('r', 'p', 'v', 'm') OR (r.relkind = 'S' AND r.oid NOT IN (SELECT seq FROM belongs))
    UNION ALL SELECT 'schema', 'schema ' || ns.q, ns.q, ns.nspowner, ns.oid FROM ns WHERE NOT ns.member
    UNION ALL SELECT 'routine', CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END || p.q, p.q, p.proowner, p.oid FROM proc p
    UNION ALL SELECT 'type', CASE t.typtype WHEN 'e' THEN 'enum ' WHEN 'd' THEN 'domain ' WHEN 'r' THEN 'range ' ELSE 'type ' END || t.q, t.q, t.typowner, t.oid FROM typ t WHERE t.typtype <> 'b'
  ) AS o WHERE pg_get_userbyid(o.owner) <> current_user AND NOT (o.subject = 'schema public' AND pg_get_userbyid(o.owner) = 'pg_database_owner')
UNION ALL
  SELECT 'default privileges', concat_ws(' ', 'for', d.role, 'in ' || d.s, 'on', d.type), 'pg_default_acl'::regclass, d.oid, 0,
         jsonb_build_object('entries', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(CASE e.grantee WHEN d.owner THEN 'OWNER' WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END,
           e.privilege_type, e.is_grantable AND e.grantee <> d.owner)), '[]') FROM aclexplode(d.acl) AS e)),
         jsonb_build_object('role', d.role, 'schema', d.s, 'type', d.type, 'usual', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(
           CASE e.grantee WHEN d.owner THEN 'OWNER' WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END, e.privilege_type, e.is_grantable AND e.grantee <> d.owner)), '[]') FROM aclexplode(d.usual) AS e))
  FROM defaults d
), fact AS (
  SELECT kind, name, class, obj, part, md5(kind || ' ' || name || ' ' || body::text) AS hash, body, x
  FROM (SELECT * FROM plain UNION ALL SELECT * FROM described UNION ALL SELECT * FROM access) AS f
)
