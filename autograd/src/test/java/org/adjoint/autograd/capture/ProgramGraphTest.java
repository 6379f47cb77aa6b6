package org.adjoint.autograd.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.ProgramGraph.Kind;
import org.adjoint.autograd.capture.ProgramGraph.Node;
import org.adjoint.autograd.capture.ProgramGraph.Place;
import org.adjoint.autograd.capture.ProgramGraph.Saved;
import org.adjoint.autograd.capture.ProgramGraph.Value;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.view.ProgramPage;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.ForwardingKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.kernels.UserKernel;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What a program says of itself. */
public class ProgramGraphTest {
  /** The reference, where chains of element-wise operations are joined. */
  private static final class Joins implements UserKernel {
    @Override
    public String name() {
      return "joins";
    }

    @Override
    public String op() {
      return "map";
    }

    @Override
    public Kernels over(Kernels kernels) {
      ElementwiseKernels joining =
          new ForwardingKernels.Elementwise(kernels.elementwise()) {
            @Override
            public boolean joins() {
              return true;
            }
          };
      return new ForwardingKernels(kernels) {
        @Override
        public ElementwiseKernels elementwise() {
          return joining;
        }
      };
    }
  }

  /** A training step of tanh(x·w), with momentum, on the reference with joins. */
  public static ProgramGraph trainingStep() {
    Backend device = Backends.get("reference").with(new Joins());
    Variable w = Variable.parameter(Tensor.zeros(device, DType.F32, 3, 5));
    Tensor velocity = Tensor.zeros(device, DType.F32, 3, 5);
    Placeholder x = new Placeholder("x", device, DType.F32, 7, 3);
    UpdateStep settings = UpdateRules.sgd(0.1, 0.9, 0, false, 0, false);
    Program program =
        Program.capture(
            () -> {
              w.resetGrad();
              Variable y = Elementwise.unary(UnaryOp.TANH, Matmul.matmul(x.variable(), w));
              Variable loss = y.mul(y).mean();
              loss.backward();
              Backends.kernels(device).updates().update(settings, w.value(), w.grad(), velocity);
              return loss;
            },
            x);
    return program.graph(Map.of("w", w.value(), "velocity.w", velocity));
  }

  /**
   * Two losses one after the other, as those of two networks that are trained against each other.
   */
  @Test
  void behindAnUpdateAStepGoesForwardAgain() {
    Backend device = Backends.get("reference");
    Variable w = Variable.parameter(Tensor.zeros(device, DType.F32, 3, 5));
    Placeholder x = new Placeholder("x", device, DType.F32, 7, 3);
    Program program =
        Program.capture(
            () -> {
              Variable loss = x.variable();
              for (UnaryOp op : new UnaryOp[] {UnaryOp.TANH, UnaryOp.SIGMOID}) {
                w.resetGrad();
                loss = Elementwise.unary(op, Matmul.matmul(x.variable(), w)).mean();
                loss.backward();
                UpdateStep settings = UpdateRules.sgd(0.1, 0, 0, false, 0, false);
                Backends.kernels(device).updates().update(settings, w.value(), w.grad());
              }
              return loss;
            },
            x);
    ProgramGraph g = program.graph(Map.of("w", w.value()));
    List<Phase> phases = new ArrayList<>();
    for (Node n : g.nodes()) {
      if (phases.isEmpty() || phases.getLast() != n.phase()) {
        phases.add(n.phase());
      }
    }
    List<Phase> step = List.of(Phase.FORWARD, Phase.BACKWARD, Phase.UPDATE);
    assertEquals(step, phases.subList(0, 3));
    assertEquals(step, phases.subList(3, phases.size()));
    assertEquals(2, g.nodes(Phase.UPDATE).size());
    String page = ProgramPage.of(g, "two", "two losses");
    // One beside the calls, and two in each of the two drawings of memory over time.
    assertEquals(5, page.split("class=\"band update", -1).length - 1);
  }

  private static Node node(ProgramGraph g, String op) {
    return g.nodes().stream().filter(n -> n.op().contains(op)).findFirst().orElseThrow();
  }

  private static List<String> names(List<Value> values) {
    return values.stream().map(Value::name).toList();
  }

  @Test
  void callsSayWhatTheyDo() {
    ProgramGraph g = trainingStep();
    assertEquals("reference+joins", g.device());
    Node first = g.nodes().getFirst();
    assertEquals("matmul", first.op());
    assertEquals(Phase.FORWARD, first.phase());
    assertEquals(new Cost(2 * 7 * 3 * 5, 4 * (21 + 15 + 35)), first.cost());
    String result = first.writes().getFirst().value().name();
    assertEquals("x · w", first.formula());
    Node tanh = g.nodes().get(1);
    assertEquals("tanh(" + result + ")", tanh.formula());
    assertEquals(List.of(0), tanh.reads().getFirst().from());
    assertEquals(List.of(), first.reads().getFirst().from());
    Node update = g.nodes().getLast();
    assertEquals("sgd", update.op());
    assertEquals(Phase.UPDATE, update.phase());
    assertTrue(update.formula().contains("μ = 0.9"), update.formula());
    assertEquals(List.of(), update.reads().getFirst().from());
    assertEquals(
        g.cost(), g.cost(Phase.FORWARD).plus(g.cost(Phase.BACKWARD)).plus(g.cost(Phase.UPDATE)));
  }

  @Test
  void joinedCallsAreToldInOrder() {
    ProgramGraph g = trainingStep();
    int recorded = g.nodes().stream().mapToInt(n -> n.recorded().size()).sum();
    assertTrue(recorded <= g.recordedCalls() && recorded > g.nodes().size(), g.toString());
    for (Node n : g.nodes()) {
      assertEquals(n.recorded().size() > 1, n.isJoined());
      for (int i = 1; i < n.recorded().size(); i++) {
        assertTrue(n.recorded().get(i - 1).number() < n.recorded().get(i).number());
      }
    }
    Node joined = node(g, "tanh gradient");
    assertTrue(joined.isJoined(), joined.op());
    assertTrue(joined.op().contains(" + "), joined.op());
    assertEquals("tanh gradient", joined.recorded().getLast().op());
  }

  @Test
  void valuesHaveNamesKindsAndPlaces() {
    ProgramGraph g = trainingStep();
    assertEquals(List.of("x"), names(g.values(Kind.INPUT)));
    assertEquals(List.of("w"), names(g.values(Kind.PARAMETER)));
    assertEquals(List.of("velocity.w"), names(g.values(Kind.STATE)));
    assertEquals(60, g.bytes(Kind.STATE));
    for (Value v : g.values()) {
      if (v.kind() == Kind.RESULT) {
        Place place = assertNotNull(v);
        assertTrue(place.first() <= v.first() && v.last() <= place.last());
        assertTrue(place.offset() + place.bytes() <= g.plannedBytes());
      } else {
        assertNull(v.place());
      }
    }
    Value loss = g.outputs().getFirst();
    assertEquals(g.nodes().size(), loss.last());
  }

  private static Place assertNotNull(Value v) {
    Place place = v.place();
    org.junit.jupiter.api.Assertions.assertNotNull(place, v.name());
    return place;
  }

  @Test
  void theResultOfTanhIsSaved() {
    ProgramGraph g = trainingStep();
    Value y = g.nodes().get(1).writes().getFirst().value();
    Saved saved = g.saved().stream().filter(s -> s.value() == y).findFirst().orElseThrow();
    assertEquals(1, saved.by());
    assertTrue(saved.readBy().contains(node(g, "tanh gradient").number()));
    assertTrue(saved.readBy().stream().allMatch(i -> g.nodes().get(i).phase() == Phase.BACKWARD));
  }

  @Test
  void liveBytesAreThoseOfThePlacesInUse() {
    ProgramGraph g = trainingStep();
    long[] live = g.liveBytes();
    assertEquals(g.nodes().size(), live.length);
    long most = LongStream.of(live).max().orElseThrow();
    assertEquals(most, live[g.peakCall()]);
    assertTrue(most <= g.plannedBytes() && most > 0);
    for (Place a : g.places()) {
      for (Place b : g.places()) {
        boolean together = a.first() <= b.last() && b.first() <= a.last();
        boolean overlap =
            a.offset() < b.offset() + b.bytes() && b.offset() < a.offset() + a.bytes();
        assertTrue(a == b || !(together && overlap), a + " and " + b);
      }
    }
  }

  @Test
  void anInferenceHasOnlyAForwardPhase() {
    Backend device = Backends.get("reference");
    Placeholder x = new Placeholder("x", device, DType.F32, 4);
    Tensor w = Tensor.zeros(device, DType.F32, 4);
    ProgramGraph g = Program.capture(() -> x.variable().mul(Variable.of(w)), x).graph();
    assertEquals(1, g.nodes(Phase.FORWARD).size());
    assertEquals(0, g.nodes(Phase.BACKWARD).size());
    assertEquals(List.of(), g.saved());
    assertEquals(1, g.values(Kind.PARAMETER).size());
    // an output that no call makes is a value all the same
    ProgramGraph same = Program.capture(x::variable, x).graph();
    assertEquals(List.of("x"), names(same.outputs()));
    assertEquals(-1, same.peakCall());
  }
}
