import { expect, test } from "vitest";
import { readProcfile } from "../../../lib/project/procfile.ts";

test("each line but web's and release's is a role, in words or, where it needs one, in a shell", () => {
  const text = `# of the shop
web: gunicorn shop.wsgi --bind 0.0.0.0:$PORT
release: python manage.py migrate --no-input
worker: celery -A shop worker --concurrency 2
mail_out: node mail.js "to all"
urgent: QUEUE=urgent rake jobs:work
clock: exec clockwork $CLOCK
both: a && b

not a line
`;
  expect(readProcfile(text)).toEqual({
    release: ["python", "manage.py", "migrate", "--no-input"],
    roles: {
      worker: ["celery", "-A", "shop", "worker", "--concurrency", "2"],
      "mail-out": ["node", "mail.js", "to all"],
      urgent: ["sh", "-c", "QUEUE=urgent rake jobs:work"],
      clock: ["sh", "-c", "exec clockwork $CLOCK"],
      both: ["sh", "-c", "a && b"],
    },
  });
});

test("one that names web alone names no role", () => {
  expect(readProcfile("web: node server.js\n")).toEqual({ roles: {} });
});
