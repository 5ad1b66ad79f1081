-- The first tables, as SQLAlchemy wrote them down for postgresql. Never change this file: add a migration.

CREATE TABLE accounts (
    id BIGINT NOT NULL,
    username VARCHAR(64) NOT NULL,
    domain VARCHAR(253),
    handle VARCHAR(320) NOT NULL,
    uri VARCHAR(2048),
    display_name VARCHAR(200) DEFAULT '' NOT NULL,
    note VARCHAR(5000) DEFAULT '' NOT NULL,
    fields VARCHAR(20000) DEFAULT '[]' NOT NULL,
    avatar VARCHAR(64),
    header VARCHAR(64),
    locked BOOLEAN DEFAULT false NOT NULL,
    bot BOOLEAN DEFAULT false NOT NULL,
    discoverable BOOLEAN DEFAULT false NOT NULL,
    indexable BOOLEAN DEFAULT false NOT NULL,
    hide_collections BOOLEAN DEFAULT false NOT NULL,
    slot BIGINT NOT NULL,
    rev INTEGER DEFAULT '1' NOT NULL,
    stamp INTEGER DEFAULT '1' NOT NULL,
    at BIGINT NOT NULL,
    suspended_at BIGINT,
    silenced_at BIGINT,
    followers INTEGER DEFAULT '0' NOT NULL,
    following INTEGER DEFAULT '0' NOT NULL,
    statuses INTEGER DEFAULT '0' NOT NULL,
    last_status_at BIGINT,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT uq_accounts_handle UNIQUE (handle),
    CONSTRAINT uq_accounts_uri UNIQUE (uri)
);

CREATE TABLE apps (
    id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    website VARCHAR(2000),
    redirects VARCHAR(8000) NOT NULL,
    scopes VARCHAR(1000) NOT NULL,
    client_id VARCHAR(64) NOT NULL,
    secret BYTEA NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_apps PRIMARY KEY (id),
    CONSTRAINT uq_apps_client_id UNIQUE (client_id)
);

CREATE TABLE counters (
    name VARCHAR(40) NOT NULL,
    value BIGINT NOT NULL,
    CONSTRAINT pk_counters PRIMARY KEY (name)
);

CREATE TABLE emojis (
    id BIGINT NOT NULL,
    shortcode VARCHAR(64) NOT NULL,
    media BIGINT NOT NULL,
    category VARCHAR(100),
    listed BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT pk_emojis PRIMARY KEY (id),
    CONSTRAINT uq_emojis_shortcode UNIQUE (shortcode)
);

CREATE TABLE homes (
    reader BIGINT NOT NULL,
    post BIGINT NOT NULL,
    CONSTRAINT pk_homes PRIMARY KEY (reader, post)
);

CREATE TABLE jobs (
    id BIGSERIAL NOT NULL,
    lane VARCHAR(20) NOT NULL,
    task VARCHAR(100) NOT NULL,
    event BYTEA NOT NULL,
    due BIGINT NOT NULL,
    tries INTEGER DEFAULT '0' NOT NULL,
    error VARCHAR(500),
    CONSTRAINT pk_jobs PRIMARY KEY (id)
);

CREATE INDEX ix_jobs_lane_due ON jobs (lane, due, id);

CREATE TABLE media (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    post BIGINT,
    position BIGINT DEFAULT '0' NOT NULL,
    kind VARCHAR(10) NOT NULL,
    state VARCHAR(10) NOT NULL,
    error VARCHAR(300),
    meta VARCHAR(2000) DEFAULT '{}' NOT NULL,
    blurhash BYTEA,
    focus_x FLOAT DEFAULT '0' NOT NULL,
    focus_y FLOAT DEFAULT '0' NOT NULL,
    alt BYTEA,
    slot BIGINT NOT NULL,
    author_slot BIGINT NOT NULL,
    purpose VARCHAR(10) DEFAULT 'post' NOT NULL,
    shielded BOOLEAN DEFAULT false NOT NULL,
    kept_until BIGINT,
    at BIGINT NOT NULL,
    CONSTRAINT pk_media PRIMARY KEY (id)
);

CREATE INDEX ix_media_account ON media (account, id);

CREATE INDEX ix_media_post ON media (post, position);

CREATE TABLE retired (
    hash BYTEA NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_retired PRIMARY KEY (hash)
);

CREATE TABLE shredded (
    slot BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_shredded PRIMARY KEY (slot)
);

CREATE TABLE tags (
    id BIGINT NOT NULL,
    key BYTEA NOT NULL,
    shelf SMALLINT NOT NULL,
    name BYTEA NOT NULL,
    slot BIGINT NOT NULL,
    CONSTRAINT pk_tags PRIMARY KEY (id),
    CONSTRAINT uq_tags_key UNIQUE (key)
);

CREATE INDEX ix_tags_shelf ON tags (shelf);

CREATE TABLE tag_shelves (
    shelf SMALLINT NOT NULL,
    slot BIGINT NOT NULL,
    CONSTRAINT pk_tag_shelves PRIMARY KEY (shelf)
);

CREATE TABLE blocks (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_blocks PRIMARY KEY (id),
    CONSTRAINT fk_blocks_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_blocks_target FOREIGN KEY(target) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_blocks_pair ON blocks (account, target);

CREATE INDEX ix_blocks_target ON blocks (target, account);

CREATE TABLE codes (
    hash BYTEA NOT NULL,
    app BIGINT NOT NULL,
    account BIGINT NOT NULL,
    redirect VARCHAR(2000) NOT NULL,
    scopes VARCHAR(1000) NOT NULL,
    challenge VARCHAR(128),
    until BIGINT NOT NULL,
    token BIGINT,
    CONSTRAINT pk_codes PRIMARY KEY (hash),
    CONSTRAINT fk_codes_app FOREIGN KEY(app) REFERENCES apps (id) ON DELETE CASCADE,
    CONSTRAINT fk_codes_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_codes_account ON codes (account);

CREATE INDEX ix_codes_app ON codes (app);

CREATE TABLE files (
    token VARCHAR(64) NOT NULL,
    media BIGINT NOT NULL,
    variant VARCHAR(20) NOT NULL,
    name VARCHAR(40) NOT NULL,
    mime VARCHAR(60) NOT NULL,
    size BIGINT NOT NULL,
    object VARCHAR(100) NOT NULL,
    CONSTRAINT pk_files PRIMARY KEY (token),
    CONSTRAINT fk_files_media FOREIGN KEY(media) REFERENCES media (id) ON DELETE CASCADE
);

CREATE INDEX ix_files_media ON files (media);

CREATE INDEX ix_files_object ON files (object);

CREATE TABLE filter_revs (
    account BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    CONSTRAINT pk_filter_revs PRIMARY KEY (account),
    CONSTRAINT fk_filter_revs_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE TABLE filters (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    title VARCHAR(200) NOT NULL,
    contexts VARCHAR(80) NOT NULL,
    action VARCHAR(10) DEFAULT 'warn' NOT NULL,
    until BIGINT,
    CONSTRAINT pk_filters PRIMARY KEY (id),
    CONSTRAINT fk_filters_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_filters_account ON filters (account);

CREATE TABLE follow_requests (
    id BIGINT NOT NULL,
    follower BIGINT NOT NULL,
    followee BIGINT NOT NULL,
    reblogs BOOLEAN DEFAULT true NOT NULL,
    notify BOOLEAN DEFAULT false NOT NULL,
    languages VARCHAR(260),
    at BIGINT NOT NULL,
    CONSTRAINT pk_follow_requests PRIMARY KEY (id),
    CONSTRAINT fk_follow_requests_follower FOREIGN KEY(follower) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_follow_requests_followee FOREIGN KEY(followee) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_follow_requests_followee ON follow_requests (followee, id);

CREATE UNIQUE INDEX ix_follow_requests_pair ON follow_requests (follower, followee);

CREATE TABLE follows (
    id BIGINT NOT NULL,
    follower BIGINT NOT NULL,
    followee BIGINT NOT NULL,
    reblogs BOOLEAN DEFAULT true NOT NULL,
    notify BOOLEAN DEFAULT false NOT NULL,
    languages VARCHAR(260),
    at BIGINT NOT NULL,
    CONSTRAINT pk_follows PRIMARY KEY (id),
    CONSTRAINT fk_follows_follower FOREIGN KEY(follower) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_follows_followee FOREIGN KEY(followee) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_follows_followee ON follows (followee, follower, reblogs, languages);

CREATE INDEX ix_follows_followee_id ON follows (followee, id);

CREATE INDEX ix_follows_follower_id ON follows (follower, id);

CREATE INDEX ix_follows_notify ON follows (followee) WHERE notify;

CREATE UNIQUE INDEX ix_follows_pair ON follows (follower, followee);

CREATE TABLE home_states (
    reader BIGINT NOT NULL,
    built_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    CONSTRAINT pk_home_states PRIMARY KEY (reader),
    CONSTRAINT fk_home_states_reader FOREIGN KEY(reader) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_home_states_seen_at ON home_states (seen_at);

CREATE TABLE idempotency (
    account BIGINT NOT NULL,
    key VARCHAR(64) NOT NULL,
    post BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (account, key),
    CONSTRAINT fk_idempotency_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_idempotency_at ON idempotency (at);

CREATE TABLE invites (
    id BIGINT NOT NULL,
    account BIGINT,
    hash BYTEA NOT NULL,
    role VARCHAR(20) DEFAULT 'user' NOT NULL,
    uses_left INTEGER DEFAULT '1' NOT NULL,
    until BIGINT,
    CONSTRAINT pk_invites PRIMARY KEY (id),
    CONSTRAINT fk_invites_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT uq_invites_hash UNIQUE (hash)
);

CREATE INDEX ix_invites_account ON invites (account);

CREATE TABLE links (
    hash BYTEA NOT NULL,
    account BIGINT,
    kind VARCHAR(20) NOT NULL,
    email BYTEA,
    until BIGINT NOT NULL,
    CONSTRAINT pk_links PRIMARY KEY (hash),
    CONSTRAINT fk_links_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_links_account ON links (account);

CREATE TABLE lists (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    title VARCHAR(200) NOT NULL,
    replies_policy VARCHAR(10) DEFAULT 'list' NOT NULL,
    exclusive BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_lists PRIMARY KEY (id),
    CONSTRAINT fk_lists_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_lists_account ON lists (account, id);

CREATE TABLE markers (
    account BIGINT NOT NULL,
    timeline VARCHAR(20) NOT NULL,
    last_read BIGINT NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_markers PRIMARY KEY (account, timeline),
    CONSTRAINT fk_markers_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE TABLE merged (
    author BIGINT NOT NULL,
    CONSTRAINT pk_merged PRIMARY KEY (author),
    CONSTRAINT fk_merged_author FOREIGN KEY(author) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE TABLE mutes (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    notifications BOOLEAN DEFAULT true NOT NULL,
    until BIGINT,
    at BIGINT NOT NULL,
    CONSTRAINT pk_mutes PRIMARY KEY (id),
    CONSTRAINT fk_mutes_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_mutes_target FOREIGN KEY(target) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_mutes_pair ON mutes (account, target);

CREATE INDEX ix_mutes_target ON mutes (target);

CREATE TABLE notes (
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    content BYTEA NOT NULL,
    slot BIGINT NOT NULL,
    CONSTRAINT pk_notes PRIMARY KEY (account, target),
    CONSTRAINT fk_notes_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_notes_target FOREIGN KEY(target) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_notes_target ON notes (target);

CREATE TABLE posts (
    id BIGINT NOT NULL,
    author BIGINT NOT NULL,
    uri VARCHAR(2048),
    url VARCHAR(2048),
    visibility SMALLINT NOT NULL,
    reply_to BIGINT,
    reply_to_author BIGINT,
    thread BIGINT NOT NULL,
    poll BIGINT,
    boost_of BIGINT,
    content BYTEA,
    slot BIGINT NOT NULL,
    sensitive BOOLEAN DEFAULT false NOT NULL,
    language VARCHAR(12),
    app BIGINT,
    local BOOLEAN DEFAULT true NOT NULL,
    media_count SMALLINT DEFAULT '0' NOT NULL,
    at BIGINT NOT NULL,
    edited_at BIGINT,
    rev INTEGER DEFAULT '1' NOT NULL,
    stamp INTEGER DEFAULT '1' NOT NULL,
    replies INTEGER DEFAULT '0' NOT NULL,
    boosts INTEGER DEFAULT '0' NOT NULL,
    favourites INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_posts PRIMARY KEY (id),
    CONSTRAINT fk_posts_author FOREIGN KEY(author) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT uq_posts_uri UNIQUE (uri),
    CONSTRAINT fk_posts_reply_to FOREIGN KEY(reply_to) REFERENCES posts (id) ON DELETE SET NULL,
    CONSTRAINT fk_posts_boost_of FOREIGN KEY(boost_of) REFERENCES posts (id) ON DELETE CASCADE
);

CREATE INDEX ix_posts_author ON posts (author, id);

CREATE INDEX ix_posts_boost ON posts (boost_of, author) WHERE boost_of IS NOT NULL;

CREATE INDEX ix_posts_public ON posts (id) WHERE visibility = 0 AND boost_of IS NULL;

CREATE INDEX ix_posts_reply_to ON posts (reply_to) WHERE reply_to IS NOT NULL;

CREATE INDEX ix_posts_thread ON posts (thread, id);

CREATE TABLE reports (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    category VARCHAR(20) NOT NULL,
    comment BYTEA NOT NULL,
    slot BIGINT NOT NULL,
    posts VARCHAR(2000) DEFAULT '[]' NOT NULL,
    rules VARCHAR(500) DEFAULT '[]' NOT NULL,
    forward BOOLEAN DEFAULT false NOT NULL,
    resolved_at BIGINT,
    CONSTRAINT pk_reports PRIMARY KEY (id),
    CONSTRAINT fk_reports_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_reports_target FOREIGN KEY(target) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_reports_account ON reports (account);

CREATE INDEX ix_reports_target ON reports (target);

CREATE TABLE sessions (
    id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    account BIGINT NOT NULL,
    agent VARCHAR(200) DEFAULT '' NOT NULL,
    at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT uq_sessions_hash UNIQUE (hash),
    CONSTRAINT fk_sessions_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_sessions_account ON sessions (account);

CREATE TABLE thread_mutes (
    account BIGINT NOT NULL,
    thread BIGINT NOT NULL,
    CONSTRAINT pk_thread_mutes PRIMARY KEY (account, thread),
    CONSTRAINT fk_thread_mutes_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE TABLE tokens (
    id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    app BIGINT,
    account BIGINT,
    scopes VARCHAR(1000) NOT NULL,
    at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT pk_tokens PRIMARY KEY (id),
    CONSTRAINT uq_tokens_hash UNIQUE (hash),
    CONSTRAINT fk_tokens_app FOREIGN KEY(app) REFERENCES apps (id) ON DELETE CASCADE,
    CONSTRAINT fk_tokens_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_tokens_account ON tokens (account);

CREATE INDEX ix_tokens_app ON tokens (app);

CREATE TABLE filter_keywords (
    id BIGINT NOT NULL,
    filter BIGINT NOT NULL,
    keyword VARCHAR(200) NOT NULL,
    whole_word BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT pk_filter_keywords PRIMARY KEY (id),
    CONSTRAINT fk_filter_keywords_filter FOREIGN KEY(filter) REFERENCES filters (id) ON DELETE CASCADE
);

CREATE INDEX ix_filter_keywords_filter ON filter_keywords (filter);

CREATE TABLE filter_posts (
    id BIGINT NOT NULL,
    filter BIGINT NOT NULL,
    post BIGINT NOT NULL,
    CONSTRAINT pk_filter_posts PRIMARY KEY (id),
    CONSTRAINT fk_filter_posts_filter FOREIGN KEY(filter) REFERENCES filters (id) ON DELETE CASCADE,
    CONSTRAINT fk_filter_posts_post FOREIGN KEY(post) REFERENCES posts (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_filter_posts_filter ON filter_posts (filter, post);

CREATE INDEX ix_filter_posts_post ON filter_posts (post);

CREATE TABLE list_members (
    list BIGINT NOT NULL,
    account BIGINT NOT NULL,
    CONSTRAINT pk_list_members PRIMARY KEY (list, account),
    CONSTRAINT fk_list_members_list FOREIGN KEY(list) REFERENCES lists (id) ON DELETE CASCADE,
    CONSTRAINT fk_list_members_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_list_members_account ON list_members (account, list);

CREATE TABLE marks (
    id BIGSERIAL NOT NULL,
    account BIGINT NOT NULL,
    post BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_marks PRIMARY KEY (id),
    CONSTRAINT fk_marks_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_marks_post FOREIGN KEY(post) REFERENCES posts (id) ON DELETE CASCADE
);

CREATE INDEX ix_marks_account ON marks (account, kind, id);

CREATE INDEX ix_marks_post ON marks (post, kind, id);

CREATE UNIQUE INDEX ix_marks_viewer ON marks (account, post, kind);

CREATE TABLE mentions (
    post BIGINT NOT NULL,
    account BIGINT NOT NULL,
    CONSTRAINT pk_mentions PRIMARY KEY (post, account),
    CONSTRAINT fk_mentions_post FOREIGN KEY(post) REFERENCES posts (id) ON DELETE CASCADE,
    CONSTRAINT fk_mentions_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_mentions_account ON mentions (account, post);

CREATE TABLE notifications (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    kind VARCHAR(24) NOT NULL,
    actor BIGINT NOT NULL,
    post BIGINT,
    key VARCHAR(80) NOT NULL,
    CONSTRAINT pk_notifications PRIMARY KEY (id),
    CONSTRAINT fk_notifications_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_notifications_actor FOREIGN KEY(actor) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_notifications_post FOREIGN KEY(post) REFERENCES posts (id) ON DELETE CASCADE,
    CONSTRAINT uq_notifications_key UNIQUE (key)
);

CREATE INDEX ix_notifications_account ON notifications (account, id);

CREATE INDEX ix_notifications_actor ON notifications (actor);

CREATE INDEX ix_notifications_post ON notifications (post);

CREATE TABLE polls (
    id BIGINT NOT NULL,
    post BIGINT NOT NULL,
    multiple BOOLEAN DEFAULT false NOT NULL,
    hide_totals BOOLEAN DEFAULT false NOT NULL,
    until BIGINT,
    counts VARCHAR(400) NOT NULL,
    voters INTEGER DEFAULT '0' NOT NULL,
    closed BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_polls PRIMARY KEY (id),
    CONSTRAINT uq_polls_post UNIQUE (post),
    CONSTRAINT fk_polls_post FOREIGN KEY(post) REFERENCES posts (id) ON DELETE CASCADE
);

CREATE TABLE post_tags (
    tag BIGINT NOT NULL,
    post BIGINT NOT NULL,
    CONSTRAINT pk_post_tags PRIMARY KEY (tag, post),
    CONSTRAINT fk_post_tags_tag FOREIGN KEY(tag) REFERENCES tags (id) ON DELETE CASCADE,
    CONSTRAINT fk_post_tags_post FOREIGN KEY(post) REFERENCES posts (id) ON DELETE CASCADE
);

CREATE INDEX ix_post_tags_post ON post_tags (post);

CREATE TABLE subscriptions (
    id BIGINT NOT NULL,
    token BIGINT NOT NULL,
    account BIGINT NOT NULL,
    endpoint VARCHAR(2048) NOT NULL,
    keys BYTEA NOT NULL,
    slot BIGINT NOT NULL,
    alerts VARCHAR(1000) DEFAULT '{}' NOT NULL,
    policy VARCHAR(10) DEFAULT 'all' NOT NULL,
    standard BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_subscriptions PRIMARY KEY (id),
    CONSTRAINT uq_subscriptions_token UNIQUE (token),
    CONSTRAINT fk_subscriptions_token FOREIGN KEY(token) REFERENCES tokens (id) ON DELETE CASCADE,
    CONSTRAINT fk_subscriptions_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_subscriptions_account ON subscriptions (account);

CREATE TABLE users (
    account BIGINT NOT NULL,
    email BYTEA NOT NULL,
    email_mac BYTEA NOT NULL,
    password VARCHAR(200),
    role VARCHAR(20) DEFAULT 'user' NOT NULL,
    locale VARCHAR(12) DEFAULT 'en' NOT NULL,
    reason BYTEA,
    invite BIGINT,
    confirmed_at BIGINT,
    approved_at BIGINT,
    disabled_at BIGINT,
    active_at BIGINT NOT NULL,
    visibility VARCHAR(10) DEFAULT 'public' NOT NULL,
    sensitive BOOLEAN DEFAULT false NOT NULL,
    language VARCHAR(12),
    CONSTRAINT pk_users PRIMARY KEY (account),
    CONSTRAINT fk_users_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT uq_users_email_mac UNIQUE (email_mac),
    CONSTRAINT fk_users_invite FOREIGN KEY(invite) REFERENCES invites (id) ON DELETE SET NULL
);

CREATE INDEX ix_users_active_at ON users (active_at);

CREATE TABLE votes (
    poll BIGINT NOT NULL,
    account BIGINT NOT NULL,
    choice SMALLINT NOT NULL,
    CONSTRAINT pk_votes PRIMARY KEY (poll, account, choice),
    CONSTRAINT fk_votes_poll FOREIGN KEY(poll) REFERENCES polls (id) ON DELETE CASCADE,
    CONSTRAINT fk_votes_account FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_votes_account ON votes (account);
