"""Multi-instance over data in BPMN's own terms (BPMN 2.0.2 §10.3.8, Table 10.29)."""

from __future__ import annotations

import pytest

from tests.kit import Drive

OBJECTS = """
<dataObject id="in" name="xs" isCollection="true"/>
<dataObjectReference id="inRef" name="any" dataObjectRef="in"/>
<dataObject id="out" name="ys" isCollection="true"/>
<dataObjectReference id="outRef" dataObjectRef="out"/>
"""
COLLECTIONS = """
<ioSpecification><dataInput id="all"/> {inputs} <dataOutput id="every"/> {outputs}
  <inputSet><dataInputRefs>all</dataInputRefs></inputSet>
  <outputSet><dataOutputRefs>every</dataOutputRefs></outputSet></ioSpecification>
<dataInputAssociation><sourceRef>inRef</sourceRef><targetRef>all</targetRef>{change}
</dataInputAssociation>
<dataOutputAssociation><sourceRef>every</sourceRef><targetRef>outRef</targetRef>
</dataOutputAssociation>
"""
ONE_BY_ONE = """
<dataInputAssociation><sourceRef>x</sourceRef><targetRef>one</targetRef></dataInputAssociation>
<dataOutputAssociation><sourceRef>result</sourceRef><targetRef>y</targetRef>
</dataOutputAssociation>
"""
LOOP = """
<multiInstanceLoopCharacteristics isSequential="{sequential}">
  <loopDataInputRef>{source}</loopDataInputRef><loopDataOutputRef>{target}</loopDataOutputRef>
  <inputDataItem id="x"/><outputDataItem id="y"/>
</multiInstanceLoopCharacteristics>
"""

both = pytest.mark.parametrize("sequential", ["true", "false"])


def looping(data: str, script: str, sequential: str) -> Drive:
    loop = LOOP.format(sequential=sequential, source="all", target="every")
    return Drive(
        f"""
        {OBJECTS} <startEvent id="s"/>
        <scriptTask id="t" scriptFormat="feel">{data}{loop}<script>{script}</script></scriptTask>
        s -> t
        """,
        xs=[1, 2, 3],
    )


@both
def test_a_collection_comes_and_goes_through_associations(sequential: str) -> None:
    data = COLLECTIONS.format(inputs="", outputs="", change="")
    drive = looping(data, "{y: x * 2}", sequential)
    assert drive.ended
    assert drive.variables == {"xs": [1, 2, 3], "ys": [2, 4, 6]}


@both
def test_a_collection_may_be_transformed_on_its_way(sequential: str) -> None:
    change = "<transformation>xs[item &gt; 1]</transformation>"
    data = COLLECTIONS.format(inputs="", outputs="", change=change)
    drive = looping(data, "{y: x * 2}", sequential)
    assert drive.variables["ys"] == [4, 6]


@both
def test_items_are_associated_with_the_inputs_and_outputs_of_each(sequential: str) -> None:
    data = COLLECTIONS.format(
        inputs='<dataInput id="one"/>', outputs='<dataOutput id="result"/>', change=""
    )
    drive = looping(data + ONE_BY_ONE, "{result: one * 2}", sequential)
    assert drive.ended
    assert drive.variables == {"xs": [1, 2, 3], "ys": [2, 4, 6]}


@both
def test_a_sub_process_goes_over_data_objects_each_with_an_item_of_its_own(
    sequential: str,
) -> None:
    loop = LOOP.format(sequential=sequential, source="inRef", target="outRef")
    drive = Drive(
        f"""
        {OBJECTS} <startEvent id="s"/>
        <subProcess id="each">{loop}
          <scriptTask id="a" scriptFormat="feel"><script>{{y: x * 2}}</script></scriptTask>
          <userTask id="b"/>
          a -> b
        </subProcess>
        s -> each
        """,
        xs=[1, 2],
    )
    drive.complete("b")
    drive.complete("b")
    assert drive.ended
    assert drive.variables == {"xs": [1, 2], "ys": [2, 4]}


CHANGED = """
<startEvent id="s"/> <userTask id="z"/> <dataObject id="do" name="orders"/>
<dataObject id="sum" name="total"/>
<scriptTask id="a" scriptFormat="feel" k:resultVariable="r">
  <ioSpecification><dataInput id="di" name="list"/><dataOutput id="dq" name="outs"/>
    <inputSet><dataInputRefs>di</dataInputRefs></inputSet>
    <outputSet><dataOutputRefs>dq</dataOutputRefs></outputSet></ioSpecification>
  <dataInputAssociation>{source}<targetRef>di</targetRef>{read}</dataInputAssociation>
  <dataOutputAssociation><sourceRef>dq</sourceRef><targetRef>sum</targetRef>{written}
  </dataOutputAssociation>
  <multiInstanceLoopCharacteristics isSequential="{sequential}">
    <loopDataInputRef>di</loopDataInputRef><loopDataOutputRef>dq</loopDataOutputRef>
    <inputDataItem id="it" name="item"/><outputDataItem id="ot" name="r"/>
  </multiInstanceLoopCharacteristics>
  <script>item + 1</script></scriptTask>
s -> a -> z
"""
EACH = "for o in orders return o.n * 10"
WAYS = {
    "transformation": (
        f"<transformation>{EACH}</transformation>",
        "<transformation>sum(outs)</transformation>",
    ),
    "assignment": (
        f"<assignment><from>{EACH}</from><to>list</to></assignment>",
        "<assignment><from>sum(outs)</from><to>total</to></assignment>",
    ),
}


@pytest.mark.parametrize("sequential", ["false", "true"])
@pytest.mark.parametrize("way", WAYS)
def test_results_may_be_changed_on_their_way_out(way: str, sequential: str) -> None:
    read, written = WAYS[way]
    source = "<sourceRef>do</sourceRef>"
    xml = CHANGED.format(source=source, read=read, written=written, sequential=sequential)
    drive = Drive(xml, orders=[{"n": 1}, {"n": 2}])
    assert drive.at == ["z"], drive.incidents
    assert drive.variables == {"orders": [{"n": 1}, {"n": 2}], "total": 32}
