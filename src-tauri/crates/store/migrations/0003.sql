-- One choice of dimensions for all indexes became a form (dimensions and storage) for each.
UPDATE meta
SET value = json_set(
    json_remove(value, '$.dims'),
    '$.text_index', json_object('now', json_object('dims', json_extract(value, '$.dims'), 'storage', 'f16')),
    '$.photo_index', json_object('now', json_object('dims', json_extract(value, '$.dims'), 'storage', 'f16'))
)
WHERE key = 'settings' AND json_valid(value) AND json_type(value, '$.dims') = 'text';
