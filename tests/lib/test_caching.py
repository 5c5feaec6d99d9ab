import pickle

import pytest

from carehelp.lib.caching import JsonSerializer

IN_AND_OUT = JsonSerializer()


@pytest.mark.parametrize("value", [0, 7, True, None, "字", 1.5, {"done": 1, "what": "读取"}, [1, "a"]])
def test_what_goes_in_comes_out(value: object) -> None:
    kept = IN_AND_OUT.dumps(value)
    out = IN_AND_OUT.loads(kept if isinstance(kept, bytes) else str(kept).encode())
    assert out == value
    assert type(out) is type(value)


def test_a_pickle_put_there_by_somebody_else_is_not_opened() -> None:
    with pytest.raises(ValueError, match=r"."):
        IN_AND_OUT.loads(pickle.dumps({"a": 1}))
