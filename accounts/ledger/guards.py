"""What the database sees to, whoever writes: entries add up to nothing, and only they move a balance."""

POSTED = """
CREATE FUNCTION move_purses() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    moved bigint;
BEGIN
    IF EXISTS (SELECT FROM posted GROUP BY entry HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'the sides of an entry must add up to nothing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_adds_up', TABLE = TG_TABLE_NAME;
    END IF;
    SELECT count(DISTINCT application_id) INTO wanted FROM posted WHERE side = 'purse';
    UPDATE accounts_purse p SET balance = p.balance + s.amount
    FROM (SELECT application_id, sum(amount) AS amount FROM posted WHERE side = 'purse' GROUP BY application_id) s
    WHERE p.application_id = s.application_id;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> wanted THEN
        RAISE EXCEPTION 'an application without a purse cannot be charged'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_to_a_purse', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_posting_moves AFTER INSERT ON accounts_posting REFERENCING NEW TABLE AS posted
FOR EACH STATEMENT EXECUTE FUNCTION move_purses();

CREATE FUNCTION refuse_own_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a balance is moved by postings only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'balance_by_postings', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER accounts_purse_begins BEFORE INSERT ON accounts_purse FOR EACH ROW
WHEN (NEW.balance <> 0) EXECUTE FUNCTION refuse_own_balance();
CREATE TRIGGER accounts_purse_moves BEFORE UPDATE ON accounts_purse FOR EACH ROW
WHEN (NEW.balance <> OLD.balance AND pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_own_balance();
"""

WITHOUT_POSTED = """
DROP TRIGGER accounts_purse_moves ON accounts_purse;
DROP TRIGGER accounts_purse_begins ON accounts_purse;
DROP FUNCTION refuse_own_balance();
DROP TRIGGER accounts_posting_moves ON accounts_posting;
DROP FUNCTION move_purses();
"""
