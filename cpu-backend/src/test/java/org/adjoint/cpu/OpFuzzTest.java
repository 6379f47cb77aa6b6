package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.HeapDevice;
import org.adjoint.tensor.MemoryException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every public operation of every family, called with arguments at random, most of which make no
 * sense: the outcome is the reference's result, or the reference's exception, which names
 * operation, argument and value. Operations are found by their families' methods.
 */
class OpFuzzTest {
  private static final int CALLS = Integer.getInteger("adjoint.fuzz.ops", 100);

  /** Large enough for what makes sense, small enough to refuse what repeats itself 2³¹ times. */
  private static final long MEMORY = 32 << 20;

  /** More elements than these are views of one, which nobody need read. */
  private static final int READ = 1 << 24;

  private final CpuBackend cpu = new CpuBackend();
  private final ReferenceBackend reference = new ReferenceBackend();

  @Test
  void fewCallsOfEveryOp() throws Exception {
    run(0, 10);
  }

  @Test
  @Tag("sweep")
  void manyCallsOfEveryOp() throws Exception {
    run(1_000_000, CALLS);
  }

  private void run(int firstSeed, int calls) throws Exception {
    cpu.limit(MEMORY);
    reference.limit(MEMORY);
    Map<String, int[]> outcomes = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    for (Method op : ops()) {
      int[] count = new int[2];
      String name = op.getDeclaringClass().getSimpleName() + "." + op.getName();
      for (int seed = firstSeed; seed < firstSeed + calls; seed++) {
        try {
          count[call(name, op, seed) ? 0 : 1]++;
        } catch (AssertionError e) {
          wrong.add(e.getMessage());
          break;
        }
      }
      outcomes.put(name + Arrays.toString(op.getParameterTypes()), count);
    }
    assertEquals(List.of(), wrong);
    int results = outcomes.values().stream().mapToInt(c -> c[0]).sum();
    int refusals = outcomes.values().stream().mapToInt(c -> c[1]).sum();
    assertTrue(results > refusals / 9 && refusals > results / 9, results + " and " + refusals);
  }

  /** The public static methods of the families that take operands. */
  private static List<Method> ops() throws Exception {
    List<Method> found = new ArrayList<>();
    for (Class<?> family : families()) {
      for (Method m : family.getDeclaredMethods()) {
        boolean open =
            Modifier.isPublic(m.getModifiers())
                && Modifier.isStatic(m.getModifiers())
                && Modifier.isPublic(family.getModifiers());
        if (open && Arrays.stream(m.getParameterTypes()).anyMatch(OpFuzzTest::isOperand)) {
          found.add(m);
        }
      }
    }
    found.sort(Comparator.comparing(Method::toString));
    assertTrue(found.size() > 150, found.size() + " methods");
    return found;
  }

  private static boolean isOperand(Class<?> type) {
    return type == Variable.class || type == Tensor.class || type == Variable[].class;
  }

  private static List<Class<?>> families() throws IOException, ReflectiveOperationException {
    return RandomArguments.classes(Elementwise.class);
  }

  /** Returns whether a call gave a result; false if it was refused. */
  private boolean call(String name, Method op, int seed) throws Exception {
    List<Tensor> actual = new ArrayList<>();
    List<Tensor> expected = new ArrayList<>();
    String[] said = new String[1];
    try (Scope _ = Scope.open()) {
      AdjointException e = outcome(name, op, seed, reference, expected, said);
      AdjointException a = outcome(name, op, seed, cpu, actual, said);
      String what = "call " + seed + " " + said[0];
      if ((a == null) != (e == null)) {
        fail(what + ": expected " + e + ", but was " + a);
      }
      if (a == null) {
        compare(what, actual, expected);
        return true;
      }
      assertEquals(e.getClass(), a.getClass(), what);
      if (!(e instanceof MemoryException)) {
        assertEquals(e.getMessage(), a.getMessage(), what);
      }
      for (String fact : new String[] {a.op(), a.argument(), a.value(), a.remedy()}) {
        assertFalse(fact.isBlank(), () -> what + " threw " + a);
      }
      return false;
    }
  }

  private static AdjointException outcome(
      String name, Method op, int seed, HeapDevice device, List<Tensor> results, String... said)
      throws Exception {
    RandomArguments arguments =
        new RandomArguments(new SplittableRandom(31L * seed + name.hashCode()), (Backend) device);
    Object[] values;
    try {
      values = arguments.of(op);
    } catch (AdjointException e) {
      return e; // a setting that refuses itself
    }
    said[0] = name + RandomArguments.text(values);
    try {
      collect(op.invoke(null, values), results);
      return null;
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof AdjointException refused) {
        return refused;
      }
      throw new AssertionError(
          "call "
              + seed
              + " "
              + said[0]
              + " threw "
              + e.getCause()
              + " at "
              + Arrays.stream(e.getCause().getStackTrace()).limit(4).toList(),
          e);
    }
  }

  private static void collect(Object result, List<Tensor> into) throws Exception {
    switch (result) {
      case Variable v -> into.add(v.value());
      case Tensor t -> into.add(t);
      case List<?> list -> {
        for (Object each : list) {
          collect(each, into);
        }
      }
      case Object[] array -> collect(List.of(array), into);
      case Record r -> {
        for (var c : r.getClass().getRecordComponents()) {
          collect(c.getAccessor().invoke(r), into);
        }
      }
      default -> {}
    }
  }

  /** In float64 the same numbers but for rounding; in float32 the same shape and type. */
  private static void compare(String what, List<Tensor> actual, List<Tensor> expected) {
    assertEquals(expected.size(), actual.size(), what);
    for (int k = 0; k < expected.size(); k++) {
      assertEquals(expected.get(k).shape(), actual.get(k).shape(), what);
      assertEquals(expected.get(k).dtype(), actual.get(k).dtype(), what);
      if (expected.get(k).dtype() == DType.F64 && expected.get(k).size() <= READ) {
        double[] r = expected.get(k).toDoubleArray();
        double[] x = actual.get(k).toDoubleArray();
        double largest = 1;
        for (double v : r) {
          largest = Double.isFinite(v) ? Math.max(largest, Math.abs(v)) : largest;
        }
        for (int i = 0; i < r.length; i++) {
          boolean anomaly = !Double.isFinite(r[i]) && !Double.isFinite(x[i]);
          if (!anomaly && !(Math.abs(r[i] - x[i]) <= 1e-9 * largest)) {
            fail(what + ": result " + k + " at " + i + " is " + x[i] + ", not " + r[i]);
          }
        }
      }
    }
  }
}
