-- 1 of 43
insert into "eventfold".migrations (migration_id, name)
values (1, 'version 1');

-- 2 of 43
insert into "eventfold".store (id, schema_version, compatible_from)
values ('01890a5d-ac96-7000-8000-000000000001', 1, 1);

-- 3 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (1, 1, 1700000000001, 1700000000001, '01890a5d-ac96-7000-8000-000000001001', 1, 'Account-1', 'AccountOpened', '{"i":1}', null);

-- 4 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (2, 2, 1700000000002, 1700000000002, '01890a5d-ac96-7000-8000-000000001002', 1, 'Account-1', 'AccountOpened', '{"i":2}', null);

-- 5 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (3, 3, 1700000000003, 1700000000003, '01890a5d-ac96-7000-8000-000000001003', 1, 'Account-1', 'AccountOpened', '{"i":3}', null);

-- 6 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (4, 4, 1700000000004, 1700000000004, '01890a5d-ac96-7000-8000-000000001004', 1, 'Account-1', 'AccountOpened', '{"i":4}', null);

-- 7 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (5, 5, 1700000000005, 1700000000005, '01890a5d-ac96-7000-8000-000000001005', 1, 'Account-1', 'AccountOpened', '{"i":5}', null);

-- 8 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (6, 1, 1700000000006, 1700000000006, '01890a5d-ac96-7000-8000-000000001006', 32767, 'Konto-''";--\$1 $$ žlúťoučký 🐎 ', 'Otevřeno''"\', '{"text":"2024-01-01T00:00:00Z","nul":"a\u0000b","half":"\ud800","quote":"''\"\\ {} $1  ","":[[null]]}', '{"correlationId":"c''\"\\","causationId":"🐎","actor":""}');

-- 9 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (7, 1, 1700000000007, 1700000000007, '01890a5d-ac96-7000-8000-000000001007', 1, 'Same-ß', 'AccountOpened', '"ß"', null);

-- 10 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (8, 1, 1700000000008, 1700000000008, '01890a5d-ac96-7000-8000-000000001008', 1, 'Same-ss', 'AccountOpened', '"ss"', null);

-- 11 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (9, 1, 1700000000009, 1700000000009, '01890a5d-ac96-7000-8000-000000001009', 1, 'Same-SS', 'AccountOpened', '"SS"', null);

-- 12 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (10, 1, 1700000000010, 1700000000010, '01890a5d-ac96-7000-8000-00000000100a', 1, 'Same-i', 'AccountOpened', '"i"', null);

-- 13 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (11, 1, 1700000000011, 1700000000011, '01890a5d-ac96-7000-8000-00000000100b', 1, 'Same-İ', 'AccountOpened', '"İ"', null);

-- 14 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (12, 1, 1700000000012, 1700000000012, '01890a5d-ac96-7000-8000-00000000100c', 1, 'Same-I', 'AccountOpened', '"I"', null);

-- 15 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (13, 1, 1700000000013, 1700000000013, '01890a5d-ac96-7000-8000-00000000100d', 1, 'Same-é', 'AccountOpened', '"é"', null);

-- 16 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (14, 1, 1700000000014, 1700000000014, '01890a5d-ac96-7000-8000-00000000100e', 1, 'Same-é', 'AccountOpened', '"é"', null);

-- 17 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (15, 1, 1700000000015, 1700000000015, '01890a5d-ac96-7000-8000-00000000100f', 1, 'Same-a ', 'AccountOpened', '"a "', null);

-- 18 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (16, 1, 1700000000016, 1700000000016, '01890a5d-ac96-7000-8000-000000001010', 1, 'Same-a', 'AccountOpened', '"a"', null);

-- 19 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (17, 1, 1700000000017, -8640000000000000, '01890a5d-ac96-7000-8000-000000001011', 1, 'Time-1', 'AccountOpened', 'null', null);

-- 20 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (18, 2, 1700000000018, -1, '01890a5d-ac96-7000-8000-000000001012', 1, 'Time-1', 'AccountOpened', 'null', null);

-- 21 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (19, 3, 1700000000019, 0, '01890a5d-ac96-7000-8000-000000001013', 1, 'Time-1', 'AccountOpened', 'null', null);

-- 22 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (20, 4, 1700000000020, 8640000000000000, '01890a5d-ac96-7000-8000-000000001014', 1, 'Time-1', 'AccountOpened', 'null', null);

-- 23 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (24, 1, 1700000000024, 1700000000021, '01890a5d-ac96-7000-8000-000000001015', 1, 'Archived-1', 'AccountOpened', '{"a":1}', null);

-- 24 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (25, 2, 1700000000025, 1700000000022, '01890a5d-ac96-7000-8000-000000001016', 1, 'Archived-1', 'AccountOpened', '{"a":2}', null);

-- 25 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (26, 3, 1700000000026, 1700000000026, '01890a5d-ac96-7000-8000-00000000001a', 1, 'Archived-1', '$archived', '{"reason":"it''s over"}', null);

-- 26 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (27, 1, 1700000000027, 1700000000023, '01890a5d-ac96-7000-8000-000000001017', 1, 'Opened-1', 'AccountOpened', '{"a":1}', null);

-- 27 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (28, 2, 1700000000028, 1700000000028, '01890a5d-ac96-7000-8000-00000000001c', 1, 'Opened-1', '$archived', '{}', null);

-- 28 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (29, 3, 1700000000029, 1700000000029, '01890a5d-ac96-7000-8000-00000000001d', 1, 'Opened-1', '$unarchived', '{"reason":"again"}', null);

-- 29 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (30, 1, 1700000000030, 1700000000024, '01890a5d-ac96-7000-8000-000000001018', 1, 'Truncated-1', 'AccountOpened', null, null);

-- 30 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (31, 2, 1700000000031, 1700000000025, '01890a5d-ac96-7000-8000-000000001019', 1, 'Truncated-1', 'AccountOpened', null, null);

-- 31 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (32, 3, 1700000000032, 1700000000026, '01890a5d-ac96-7000-8000-00000000101a', 1, 'Truncated-1', 'AccountOpened', '{"secret":2}', null);

-- 32 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (33, 4, 1700000000033, 1700000000027, '01890a5d-ac96-7000-8000-00000000101b', 1, 'Truncated-1', 'AccountOpened', '{"secret":3}', null);

-- 33 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (34, 5, 1700000000034, 1700000000034, '01890a5d-ac96-7000-8000-000000000022', 1, 'Truncated-1', '$truncated', '{"before":3}', null);

-- 34 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (35, 1, 1700000000035, 1700000000028, '01890a5d-ac96-7000-8000-00000000101c', 1, 'Both-1', 'AccountOpened', null, null);

-- 35 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (36, 2, 1700000000036, 1700000000029, '01890a5d-ac96-7000-8000-00000000101d', 1, 'Both-1', 'AccountOpened', '{"secret":true}', null);

-- 36 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (37, 3, 1700000000037, 1700000000037, '01890a5d-ac96-7000-8000-000000000025', 1, 'Both-1', '$archived', '{}', null);

-- 37 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (38, 4, 1700000000038, 1700000000038, '01890a5d-ac96-7000-8000-000000000026', 1, 'Both-1', '$truncated', '{"before":2}', null);

-- 38 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (39, 5, 1700000000039, 1700000000039, '01890a5d-ac96-7000-8000-000000000027', 1, 'Both-1', '$archived', '{}', null);

-- 39 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (40, 1, 1700000000040, 1700000000030, '01890a5d-ac96-7000-8000-00000000101e', 1, 'Pair-1', 'AccountOpened', '{"of":1}', null);

-- 40 of 43
insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
values (41, 1, 1700000000041, 1700000000031, '01890a5d-ac96-7000-8000-00000000101f', 1, 'Pair-2', 'AccountOpened', '{"of":2}', null);

-- 41 of 43
insert into "eventfold".truncations (stream_id, first_version)
values ('Both-1', 2);

-- 42 of 43
insert into "eventfold".truncations (stream_id, first_version)
values ('Truncated-1', 3);

-- 43 of 43
select setval('"eventfold".positions', (select max(position) from "eventfold".events));
