from smsgateway.local.home import Home
from smsgateway.local.ports import kept_port
from smsgateway.local.program import Program, Stage
from smsgateway.local.programs import Programs
from smsgateway.schedule import QUEUES, WORKERS


def option(program: Program, name: str) -> str:
    return program.argv[program.argv.index(name) + 1]


def test_every_queue_has_a_worker_that_may_finish_its_work(home: Home) -> None:
    workers = [Programs(home).worker(worker) for worker in WORKERS]
    heard = {queue for worker in workers for queue in option(worker, "--queues").split(",")}
    assert heard == {queue.name for queue in QUEUES}
    assert all((worker.stage, worker.grace) == (Stage.WORKERS, 60) for worker in workers)


def test_programs_find_their_servers_through_the_home_and_say_who_they_are(home: Home) -> None:
    web = Programs(home).web("127.0.0.1", 8000)
    assert web.environment["SMSGATEWAY_HOME"] == str(home.folder)
    assert web.environment["PROCESS_NAME"] == "web"


def test_web_is_not_ready_while_nobody_answers(home: Home) -> None:
    assert not Programs(home).web("127.0.0.1", kept_port(home, "web")).ready()
