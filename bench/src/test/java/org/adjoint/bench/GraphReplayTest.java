package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.TracingKernels;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.RAdam;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A recorded step replayed as one CUDA graph, in the simulator: it has the bits of the step as it
 * stands and of its replay call by call, with all that changes from step to step. What cannot be
 * part of a graph is replayed call by call.
 */
final class GraphReplayTest {
  private static final int STEPS = 12;
  private static final int BATCH = 5;
  private static final String GRAPHS = "adjoint.cuda.graphs";
  private final Backend sim = Backends.get("sim");

  private static Layer model(Setup s) {
    return new Sequential(
        new Conv2d(s, 2, 3, 3),
        new BatchNorm(s, 3),
        Activation.relu(),
        new Dropout(s, 0.3),
        new Flatten(),
        new Linear(s, 3 * 3 * 3, 7),
        new BatchNorm(s, 7),
        Activation.tanh(),
        new Dropout(s, 0.1),
        new Linear(s, 7, 4));
  }

  private static Optimizer optimizer(String name, Layer model) {
    return switch (name) {
      case "momentum" -> new Sgd(model, 0.05, 0.9);
      case "adam" -> new Adam(model, 0.01);
      default -> new RAdam(model, 0.01);
    };
  }

  private Tensor x(int step) {
    SplittableRandom random = new SplittableRandom(step);
    float[] v = new float[BATCH * 2 * 5 * 5];
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) random.nextDouble(-1, 1);
    }
    return Tensor.of(sim, v, BATCH, 2, 5, 5);
  }

  private Tensor labels(int step) {
    return Tensor.of(sim, new SplittableRandom(-step - 1).ints(BATCH, 0, 4).toArray(), BATCH);
  }

  /** A model in training and its optimizer. */
  private final class Run {
    final Layer model = model(Setup.of(sim, DType.F32, 3));
    final Optimizer optimizer;

    Run(String name) {
      optimizer = optimizer(name, model);
    }

    TrainingStep captured() {
      return TrainingStep.capture(model, new CrossEntropy(), optimizer, x(0), labels(0));
    }

    double eager(int step) {
      try (Scope _ = Scope.open()) {
        optimizer.resetGradients();
        Variable loss = new CrossEntropy().of(model.forward(Variable.of(x(step))), labels(step));
        loss.backward();
        optimizer.step();
        return loss.item();
      }
    }

    double rate(int step) {
      optimizer.learningRate(0.02 / (1 + step / 3.0));
      return optimizer.learningRate();
    }
  }

  private static <T> T withoutGraphs(Supplier<T> what) {
    System.setProperty(GRAPHS, "off");
    try {
      return what.get();
    } finally {
      System.clearProperty(GRAPHS);
    }
  }

  private static void same(Map<String, Tensor> a, Map<String, Tensor> b, String when) {
    assertEquals(a.keySet(), b.keySet(), when);
    a.forEach((n, t) -> assertArrayEquals(t.toDoubleArray(), b.get(n).toDoubleArray(), when + n));
  }

  /** RAdam goes over to another rule after its first steps; then the step is captured anew. */
  @ParameterizedTest
  @ValueSource(strings = {"momentum", "adam", "radam"})
  void eagerReplayAndGraphHaveTheSameBits(String name) {
    Run eager = new Run(name);
    Run replayed = new Run(name);
    Run graphed = new Run(name);
    TrainingStep calls = withoutGraphs(replayed::captured);
    TrainingStep graph = graphed.captured();
    for (int s = 0; s < STEPS; s++) {
      assertEquals(eager.rate(s), replayed.rate(s));
      graphed.rate(s);
      double loss = eager.eager(s);
      assertEquals(loss, calls.run(x(s), labels(s)).item(), "replay, step " + s);
      assertEquals(loss, graph.run(x(s), labels(s)).item(), "graph, step " + s);
      assertNull(graph.graphObstacle());
      assertFalse(calls.isGraph());
      boolean isNew = s == 0 || name.equals("radam") && s == 5;
      assertEquals(!isNew, graph.isGraph(), "step " + s);
    }
    same(eager.model.tensors(), replayed.model.tensors(), "replay ");
    same(eager.model.tensors(), graphed.model.tensors(), "graph ");
    same(eager.optimizer.state(), graphed.optimizer.state(), "graph ");
    eager
        .model
        .streams()
        .forEach((n, r) -> assertEquals(r.offset(), graphed.model.streams().get(n).offset()));
  }

  @Test
  void whoListensHearsTheCallsOfAStepThatIsAGraph() {
    Run heard = new Run("adam");
    Run alone = new Run("adam");
    TrainingStep a = heard.captured();
    TrainingStep b = alone.captured();
    for (int s = 0; s < 5; s++) {
      int[] calls = {0};
      if (s == 3) {
        try (TracingKernels.Listening _ = TracingKernels.listen(c -> calls[0]++)) {
          a.run(x(s), labels(s));
        }
        assertTrue(calls[0] > 20, calls[0] + " calls");
      } else {
        a.run(x(s), labels(s));
      }
      b.run(x(s), labels(s));
    }
    assertTrue(a.isGraph());
    same(heard.model.tensors(), alone.model.tensors(), "");
  }

  /** A wrong label is found before the launch, and the step ends where it would end otherwise. */
  @Test
  void wrongIndicesAreFoundAsBefore() {
    Run graphed = new Run("momentum");
    Run replayed = new Run("momentum");
    TrainingStep graph = graphed.captured();
    TrainingStep calls = withoutGraphs(replayed::captured);
    Tensor wrong = Tensor.of(sim, new int[] {0, 1, 2, 3, 4}, BATCH);
    for (int s = 0; s < 4; s++) {
      graph.run(x(s), labels(s));
      calls.run(x(s), labels(s));
      assertThrows(ShapeException.class, () -> graph.run(x(9), wrong));
      assertThrows(ShapeException.class, () -> calls.run(x(9), wrong));
    }
    assertTrue(graph.isGraph());
    same(graphed.model.tensors(), replayed.model.tensors(), "");
    graphed
        .model
        .streams()
        .forEach((n, r) -> assertEquals(r.offset(), replayed.model.streams().get(n).offset()));
  }

  private float[] values(Session session, float... x) {
    session.feed(0, Tensor.of(sim, x, x.length)).run();
    return session.output(0).toFloatArray();
  }

  /** What is fed is read at each run, wherever it lies. */
  @Test
  void operandsAreReadWhereTheyAre() {
    Placeholder x = new Placeholder("x", sim, DType.F32, 3);
    Session session = Program.capture(() -> x.variable().mul(2), x).session();
    for (int s = 0; s < 4; s++) {
      assertArrayEquals(new float[] {2 * s, 2, 4}, values(session, s, 1, 2));
    }
    Tensor fed = Tensor.of(sim, new float[] {1, 1, 1}, 3);
    session.feed(0, fed);
    sim.kernels().elementwise().fill(4, fed);
    session.run();
    assertArrayEquals(new float[] {8, 8, 8}, session.output(0).toFloatArray());
    sim.kernels().elementwise().fill(5, session.input(0));
    session.run();
    assertArrayEquals(new float[] {10, 10, 10}, session.output(0).toFloatArray());
    assertTrue(session.isGraph());
  }

  /** The simulator has indices looked at by the host; those of the step itself it cannot. */
  @Test
  void indicesThatTheStepMakesKeepItFromBeingAGraph() {
    Placeholder x = new Placeholder("x", sim, DType.F32, 3, 4);
    Program program =
        Program.capture(
            () -> {
              Tensor best = Tensor.result(sim, DType.I32, Shape.of(3));
              Backends.kernels(sim).reductions().argReduce(true, x.tensor(), 1, best);
              return Indexing.gather(x.variable(), 1, best.reshape(3, 1));
            },
            x);
    Session session = program.session();
    AdjointException why = session.graphObstacle();
    assertNotNull(why);
    assertTrue(why.getMessage().contains("indices that the step itself makes"), why.getMessage());
    float[] v = {0, 7, 2, 9, 4, 11, 6, 1, 8, 3, 10, 5};
    for (int s = 0; s < 3; s++) {
      session.feed(0, Tensor.of(sim, v, 3, 4)).run();
      assertArrayEquals(new float[] {9, 11, 10}, session.output(0).toFloatArray());
    }
    assertFalse(session.isGraph());
  }

  /** float64 is computed by the host on copies. */
  @Test
  void whatTheHostComputesKeepsItFromBeingAGraph() {
    Placeholder x = new Placeholder("x", sim, DType.F64, 3);
    Session session = Program.capture(() -> Reductions.sum(x.variable()), x).session();
    for (int s = 0; s < 4; s++) {
      session.feed(0, Tensor.of(sim, new double[] {s, 1, 2}, 3)).run();
      assertEquals(s + 3, session.output(0).item());
    }
    assertFalse(session.isGraph());
    AdjointException why = session.graphObstacle();
    assertNotNull(why);
    assertTrue(why.getMessage().contains("by way of the host"), why.getMessage());
  }
}
