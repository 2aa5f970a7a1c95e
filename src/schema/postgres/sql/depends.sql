-- What stands for what: another place in the catalog that means the same fact, so that a dependency on it finds the fact.
SELECT 'A ' || jsonb_build_array(class, obj, part, tclass, tobj, tpart)::text FROM (
  SELECT 'pg_class'::regclass::oid AS class, conindid AS obj, 0 AS part, 'pg_constraint'::regclass::oid AS tclass, oid AS tobj, 0 AS tpart
  FROM pg_constraint WHERE contype IN ('p', 'u', 'x') AND oid >= 16384
  UNION ALL SELECT 'pg_type'::regclass, typarray, 0, 'pg_type'::regclass, oid, 0 FROM pg_type WHERE typarray >= 16384
  UNION ALL SELECT 'pg_type'::regclass, t.oid, 0, 'pg_class'::regclass, t.typrelid, 0 FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION ALL SELECT 'pg_class'::regclass, c.oid, 0, 'pg_type'::regclass, c.reltype, 0 FROM pg_class c WHERE c.oid >= 16384 AND c.relkind = 'c'
  UNION ALL SELECT 'pg_type'::regclass, (to_jsonb(g) ->> 'rngmultitypid')::oid, 0, 'pg_type'::regclass, g.rngtypid, 0 FROM pg_range g WHERE g.rngtypid >= 16384
  UNION ALL SELECT 'pg_rewrite'::regclass, oid, 0, 'pg_class'::regclass, ev_class, 0 FROM pg_rewrite WHERE oid >= 16384 AND rulename = '_RETURN'
  UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, 0, 'pg_class'::regclass, d.adrelid, d.adnum
    FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''
  UNION ALL SELECT 'pg_class'::regclass, d.objid, 0, 'pg_class'::regclass, d.refobjid, d.refobjsubid
    FROM pg_depend d JOIN pg_class c ON c.oid = d.objid WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.deptype = 'i' AND d.refobjsubid > 0 AND c.relkind = 'S'
) AS alias WHERE obj IS NOT NULL AND obj <> 0
UNION ALL
-- What depends on what. Partitions are told by their own facts.
SELECT 'D ' || jsonb_build_array(classid, objid, objsubid, refclassid, refobjid, refobjsubid)::text
FROM pg_depend WHERE deptype IN ('n', 'a', 'i') AND objid >= 16384
  AND (refobjid >= 16384 OR (refclassid = 'pg_namespace'::regclass AND refobjid = 2200))
UNION ALL
SELECT 'M ' || jsonb_build_array(d.refclassid, d.refobjid, d.classid, d.objid)::text FROM pg_depend d
WHERE d.deptype = 'e' AND d.objid >= 16384
