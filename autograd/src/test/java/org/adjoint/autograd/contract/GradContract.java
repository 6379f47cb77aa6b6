package org.adjoint.autograd.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.CheckRow;
import org.adjoint.autograd.check.Checker;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The whole catalogue on one backend: gradients against slopes, values and gradients against the
 * float64 reference, and against PyTorch's. A backend's test extends this and names the backend.
 */
public abstract class GradContract {
  /** Returns the backend under test. */
  protected abstract Backend backend();

  /** One test an op. */
  @TestFactory
  public Stream<DynamicTest> everyOpIsWithinItsBounds() {
    Catalogue all = Catalogue.load();
    return all.byOp().entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> check(all, e.getKey())));
  }

  private void check(Catalogue all, String op) {
    Checker checker =
        new Checker(all, Backends.get("reference"), List.of(backend())).only(List.of(op));
    List<CheckRow> rows = checker.run();
    assertFalse(rows.isEmpty());
    assertEquals(List.of(), checker.failures());
    for (CheckRow row : rows) {
      assertTrue(row.ok(), row.json());
      assertTrue(row.error() <= row.bound(), row.json());
      String name = backend().name();
      assertTrue(List.of(name, name + "-replay").contains(row.device()), row.device());
    }
  }
}
