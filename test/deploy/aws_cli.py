"""Hands commands to the AWS CLI that the CDK brings for Lambda, without asking AWS anything.

Takes the CLI's archive and a folder to work in, reads a list of commands in JSON, and writes what the CLI made of each:
its exit code and what it printed. A call that has passed its checks is answered with a sample of its reply.
"""

import contextlib
import io
import itertools
import json
import os
import re
import shlex
import sys
import zipfile

archive, folder = sys.argv[1:]
commands = json.load(sys.stdin)
named = "|".join({re.escape(command.split()[1]) for command in commands})
# Of services that no command names, the CLI has to know that they are there.
needless = re.compile(rf"awscli/(awscli/(examples|topics)/|botocore/data/(?!({named})/)[^/]+/.+/(?!service-2))")
with zipfile.ZipFile(archive) as layer:
    layer.extractall(folder, [name for name in layer.namelist() if not needless.match(name)])
os.chdir(folder)
sys.path.insert(0, "awscli")
# Nobody answers at this port: what is not answered with a sample gets as far as its first request.
os.environ.update(AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")

from awscli.clidriver import create_clidriver  # noqa: E402
from botocore.awsrequest import AWSResponse  # noqa: E402
from botocore.utils import ArgumentGenerator  # noqa: E402


def sample(model, **_):
    # The reply of these is a stream, or leads to further requests.
    if model.has_streaming_output or model.service_model.service_name == "s3":
        return None
    output = model.output_shape
    return AWSResponse("", 200, {}, None), ArgumentGenerator(use_member_names=True).generate_skeleton(output) if output else {}


def arguments(command):
    """The words of a shell's first command, without `aws`."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    return list(itertools.takewhile(lambda word: not re.fullmatch(r"[();<>|&]+", word), lexer))[1:]


def answer(words):
    driver = create_clidriver()
    driver.session.register("before-call", sample)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            # The sample always has a next page.
            code = driver.main([*words, "--no-paginate"])
        except SystemExit as error:
            code = error.code
    return {"code": code, "printed": printed.getvalue()}


json.dump([answer(arguments(command)) for command in commands], sys.stdout)
