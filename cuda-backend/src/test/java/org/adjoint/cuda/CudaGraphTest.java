package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import org.adjoint.kernels.DeviceGraph;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.Inlet;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CudaGraphTest {
  private final SimulatedDriver driver = new SimulatedDriver();
  private final CudaBackend device = new CudaBackend("own", driver);

  private Tensor floats(float... values) {
    return Tensor.of(device, values, values.length);
  }

  private DeviceGraph graph() {
    return device.graph().orElseThrow();
  }

  @Test
  void whatChangesIsReadFromMemory() {
    try (DeviceGraph graph = graph()) {
      int rate = graph.place();
      int at = graph.place();
      int own = graph.place();
      Tensor p = floats(1, 2, 3);
      Tensor q = floats(4, 5, 6);
      Tensor g = floats(1, 1, 1);
      Tensor drawn = Tensor.zeros(device, DType.F32, 5);
      // A rule without an entry of its own: p - n0 - n1*g.
      Expr moved =
          Expr.operand(0).minus(Expr.parameter(0)).minus(Expr.parameter(1).times(Expr.operand(1)));
      UpdateRule rule =
          new UpdateRule("own", java.util.List.of(), java.util.List.of("a", "b"), moved);
      UpdateStep first = UpdateRules.sgd(0.5, 0, 0, false, 0, false);
      UpdateStep ownFirst = new UpdateStep(rule, 1, 0);
      Runnable calls =
          () -> {
            graph.reads(rate);
            device.unchecked().updates().update(first, p, g);
            graph.reads(at);
            device.unchecked().random().uniform(7, 100, 0, 1, drawn);
            graph.reads(own);
            try (Scope _ = Scope.open()) {
              device.unchecked().updates().update(ownFirst, q, g);
            }
            graph.reads(-1);
            device.unchecked().elementwise().unary(UnaryOp.ADD_SCALAR, g, 1, 0, g);
          };
      assertThrows(ArgumentException.class, graph::launch);
      graph.rehearse(calls);
      assertThrows(ArgumentException.class, graph::place);
      graph.capture(calls);
      assertArrayEquals(new float[] {0.5f, 1.5f, 2.5f}, p.toFloatArray());
      graph.put(rate, UpdateRules.sgd(0.25, 0, 0, false, 0, false));
      graph.put(at, 200);
      graph.put(own, new UpdateStep(rule, 2, 1));
      long launches = driver.launches();
      graph.launch();
      assertArrayEquals(new float[] {0, 1, 2}, p.toFloatArray()); // g is 2 by now
      assertArrayEquals(new float[] {-1, 0, 1}, q.toFloatArray());
      Tensor expected = Tensor.zeros(device, DType.F32, 5);
      device.kernels().random().uniform(7, 200, 0, 1, expected);
      assertArrayEquals(expected.toFloatArray(), drawn.toFloatArray());
      graph.launch();
      assertArrayEquals(new float[] {-0.75f, 0.25f, 1.25f}, p.toFloatArray());
      assertArrayEquals(new float[] {-6, -5, -4}, q.toFloatArray());
      assertEquals(2, driver.graphLaunches());
      assertEquals(launches + 1, driver.launches(), "the draw to compare with");
    }
    LeakCheck.check(device, driver);
  }

  /** Temporaries of a graph are its own: what others compute meanwhile is not written over. */
  @Test
  void temporariesStayWithTheGraph() {
    CudaBackend quick =
        new CudaBackend("quick", new SimulatedDriver(SimulatedDriver.self(), false));
    Tensor x = Tensor.zeros(quick, DType.F32, 40_000);
    Tensor y = Tensor.zeros(quick, DType.F32, 1);
    quick.kernels().elementwise().fill(1, x);
    Runnable sum =
        () -> {
          try (Scope _ = Scope.open()) {
            quick.unchecked().reductions().reduce(ReduceOp.SUM, x, 0, y);
          }
        };
    DeviceGraph graph = quick.graph().orElseThrow();
    graph.rehearse(sum);
    graph.capture(sum);
    try (Scope _ = Scope.open()) {
      // Of the size class of the partial sums.
      Tensor other = Tensor.result(quick, DType.F32, Shape.of(3));
      quick.kernels().elementwise().fill(5, other);
      graph.launch();
      assertArrayEquals(new float[] {5, 5, 5}, other.toFloatArray());
      assertEquals(40_000, y.item());
    }
    long live = quick.books().live();
    graph.close();
    assertTrue(quick.books().live() < live);
    assertTrue(quick.books().balance());
  }

  @Test
  void whatGoesByWayOfTheHostCannotBePart() {
    DeviceGraph graph = graph();
    Tensor t = floats(1, 2);
    DeviceException e =
        assertThrows(DeviceException.class, () -> graph.capture(() -> t.toFloatArray()));
    assertTrue(e.getMessage().contains("cannot be part of a graph"), e.getMessage());
    assertThrows(DeviceException.class, () -> graph.capture(() -> floats(1)));
    assertThrows(DeviceException.class, () -> graph.capture(device::synchronize));
    // float64 is computed by the host.
    Tensor d = Tensor.zeros(device, DType.F64, 2);
    assertThrows(
        AdjointException.class,
        () -> graph.capture(() -> device.unchecked().elementwise().fill(1, d)));
    // After each of these the device is as before, and graphs can be made.
    Tensor y = floats(0, 0);
    Runnable copy = () -> device.unchecked().elementwise().copy(t, y);
    graph.rehearse(copy);
    graph.capture(copy);
    device.kernels().elementwise().fill(0, y);
    graph.launch();
    assertArrayEquals(new float[] {1, 2}, y.toFloatArray());
  }

  @Test
  void otherThreadsGoOn() {
    DeviceGraph graph = graph();
    Tensor x = floats(1, 2);
    Tensor y = floats(0, 0);
    Runnable copy =
        () -> {
          device.unchecked().elementwise().copy(x, y);
          CompletableFuture.runAsync(
                  () -> {
                    Tensor other = floats(3, 4);
                    device.kernels().elementwise().unary(UnaryOp.NEG, other, 0, 0, other);
                    assertArrayEquals(new float[] {-3, -4}, other.toFloatArray());
                  })
              .join();
        };
    graph.rehearse(() -> device.unchecked().elementwise().copy(x, y));
    graph.capture(copy);
    device.kernels().elementwise().fill(0, y);
    graph.launch();
    assertArrayEquals(new float[] {1, 2}, y.toFloatArray());
  }

  @Test
  void graphsMayBeSwitchedOff() {
    System.setProperty("adjoint.cuda.graphs", "off");
    try {
      assertFalse(device.graph().isPresent());
    } finally {
      System.clearProperty("adjoint.cuda.graphs");
    }
  }

  // ---- uploads beside the work --------------------------------------------------------------

  @Test
  void uploadsWaitForTheWorkBeforeAndAreWaitedFor() {
    Inlet inlet = device.inlet();
    Tensor x = Tensor.owned(device, DType.F32, Shape.of(2));
    Tensor y = Tensor.zeros(device, DType.F32, 2);
    for (int i = 0; i < 3; i++) {
      inlet.upload(new float[] {i, 2 * i}, 0, x.storage(), 0, 2);
      inlet.acquire();
      device.kernels().elementwise().unary(UnaryOp.NEG, x, 0, 0, y);
      inlet.release();
    }
    assertArrayEquals(new float[] {-2, -4}, y.toFloatArray());
  }

  @Test
  void whatIsNotWaitedForIsAFault() {
    Inlet inlet = device.inlet();
    Tensor x = floats(1, 2);
    Tensor y = floats(1, 2);
    inlet.release();
    inlet.upload(new float[] {3, 4}, 0, x.storage(), 0, 2);
    assertThrows(
        AdjointException.class,
        () -> device.unchecked().elementwise().unary(UnaryOp.NEG, x, 0, 0, y));
  }
}
