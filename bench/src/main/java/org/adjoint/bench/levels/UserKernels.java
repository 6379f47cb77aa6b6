package org.adjoint.bench.levels;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.Checker;
import org.adjoint.autograd.check.OpCase;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.kernels.UserKernel;
import org.adjoint.tensor.ArgumentException;

/** Kernels of users: found by {@link ServiceLoader}, and verified before anyone times them. */
public final class UserKernels {
  private UserKernels() {}

  /**
   * Returns the kernels found through a class loader.
   *
   * @throws ArgumentException if one cannot be loaded
   */
  public static List<UserKernel> load(ClassLoader loader) {
    List<UserKernel> all = new ArrayList<>();
    try {
      ServiceLoader.load(UserKernel.class, loader).forEach(all::add);
    } catch (ServiceConfigurationError | LinkageError e) {
      ArgumentException named =
          new ArgumentException(
              "UserKernel",
              "provider",
              e,
              "META-INF/services/"
                  + UserKernel.class.getName()
                  + " must name public classes with a public constructor without arguments, all"
                  + " they need must be in the jar, and this Java must be new enough for them");
      named.initCause(e);
      throw named;
    }
    return all;
  }

  /**
   * Checks values and gradients over every case of the catalogue whose family the kernel replaces:
   * first those of its operation, then those of the others.
   *
   * @param kernel whose name and operation are told
   * @param backend the device on which the kernel is in place
   * @param reference what is right
   * @return the first case that fails with element, expected and received number; empty if none
   * @throws ArgumentException if the catalogue does not have the operation
   */
  public static String firstFailure(UserKernel kernel, Backend backend, Backend reference) {
    Catalogue catalogue = Catalogue.load();
    Map<String, List<OpCase>> byOp = catalogue.byOp();
    List<OpCase> cases = byOp.get(kernel.op());
    if (cases == null) {
      throw new ArgumentException(
          "UserKernel",
          "op of " + kernel.name(),
          kernel.op(),
          "known are " + String.join(", ", byOp.keySet()));
    }
    Family family = cases.getFirst().family();
    List<String> others = new ArrayList<>();
    byOp.forEach(
        (op, list) -> {
          if (list.getFirst().family() == family && !op.equals(kernel.op())) {
            others.add(op);
          }
        });
    String failure = check(catalogue, List.of(kernel.op()), backend, reference);
    return failure.isEmpty() ? check(catalogue, others, backend, reference) : failure;
  }

  private static String check(
      Catalogue catalogue, List<String> ops, Backend backend, Backend reference) {
    Checker checker = new Checker(catalogue, reference, List.of(backend)).only(ops);
    checker.run();
    return checker.failures().isEmpty() ? "" : checker.failures().getFirst();
  }
}
