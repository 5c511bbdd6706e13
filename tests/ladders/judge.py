"""Asks judge_reuse and judge_retry, by way of the program judge_ladder (judge_main.cc says what the words mean)."""
import subprocess


class Judge:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.known = {}

    def _ask(self, line):
        if line not in self.known:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            if not answer:
                raise RuntimeError("judge_ladder did not answer: " + line)
            self.known[line] = answer.split()
        return self.known[line]

    def ladder(self, profile):
        return self._ask(f"ladder {profile}")

    def reuse(self, **facts):
        """(answer, reason, rung or "-"). Facts that are None are not known."""
        return self._ask("reuse " + _words(facts))

    def retry(self, **facts):
        """(answer, reason, {what it keeps in mind})"""
        answer, reason, memory = self._ask("retry " + _words(facts))
        return answer, reason, set() if memory == "-" else set(memory.split(","))

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def _words(facts):
    return " ".join(f"{name.replace('_', '-')}={','.join(value) if isinstance(value, list) else value}"
                    for name, value in facts.items() if value is not None)
