"""The generator of the README's benchmark table."""

import json

import pytest
import table


@pytest.fixture
def document():
    return {
        "machine_info": {
            "cpu": {"brand_raw": "Some CPU"},
            "machine": "x86_64",
            "system": "Linux",
            "python_version": "3.11.7",
            "processors": 2,
            "threads": {"OMP_NUM_THREADS": "2"},
            "versions": {"numpy": "2.4.6"},
            "command": "python -P -m pytest benchmarks/bench_marginals.py",
        },
        "benchmarks": [
            {
                "name": "test_rank_values",
                "stats": {"min": 0.0204},
                "extra_info": {"peer": "scipy 1.17.1", "peer_seconds": 0.0816, "ratio": 4.0, "quality": {"error": 0.0}},
            },
            {"name": "test_without_a_peer", "stats": {"min": 1.0}, "extra_info": {}},
        ],
    }


def test_table_has_a_row_per_race_and_names_the_machine(document):
    text = table.render([document])
    assert "| rank values | 20.4 ms | scipy 1.17.1: 81.6 ms | 4 | error 0 |" in text
    assert "without" not in text
    assert "Some CPU, 2 processors, OMP_NUM_THREADS=2" in text


def test_results_timed_in_another_way_say_so(document):
    assert "; best of each, timed in turn." in table.render([document])
    document["machine_info"]["timing"] = "the peer once, on a busy machine"
    assert "; the peer once, on a busy machine." in table.render([document])
    assert "in turn" not in table.render([document])


def test_readme_is_rewritten_between_the_markers(document, tmp_path):
    readme, results = tmp_path / "README.md", tmp_path / "results.json"
    results.write_text(json.dumps(document))
    readme.write_text(f"head\n{table.BEGIN}\nold\n{table.END}\ntail\n")
    table.main([str(results), "--readme", str(readme)])
    page = readme.read_text()
    assert page.startswith("head\n")
    assert page.endswith("tail\n")
    assert "rank values" in page
    assert "old" not in page


def test_page_without_markers_is_refused():
    with pytest.raises(SystemExit, match="needs the lines"):
        table.replace_between("no markers here", "text")


@pytest.mark.parametrize(("value", "text"), [(2.5, "2.5 s"), (0.0025, "2.5 ms"), (2.5e-6, "2.5 us"), (2.5e-8, "25 ns")])
def test_seconds(value, text):
    assert table.seconds(value) == text
