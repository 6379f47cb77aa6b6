package org.adjoint.autograd.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalogue is complete, large enough and well formed. */
final class CatalogueTest {
  private static final Catalogue ALL = Catalogue.load();
  private static final Map<String, List<OpCase>> BY_OP = ALL.byOp();

  @Test
  void everyConstantOfTheEnumsHasCases() {
    for (UnaryOp op : UnaryOp.values()) {
      assertTrue(BY_OP.containsKey(op.label()), op.label());
    }
    for (BinaryOp op : BinaryOp.values()) {
      List<OpCase> cases = BY_OP.getOrDefault(ElementwiseCases.name(op), List.of());
      assertTrue(cases.size() > 10, op.label());
      assertEquals(op.isDifferentiable(), cases.getFirst().isDifferentiable(), op.label());
    }
    for (ReduceOp op : ReduceOp.values()) {
      assertTrue(BY_OP.containsKey(op.label()), op.label());
    }
    Set<Kernels.Family> families = new HashSet<>();
    ALL.cases().forEach(c -> families.add(c.family()));
    assertEquals(Set.of(Kernels.Family.values()), families);
  }

  /**
   * A new public method that does not bear its op's name must be listed with the ops of its cases.
   */
  @Test
  void everyPublicMethodOfTheFamiliesHasCases() throws Exception {
    Map<String, List<String>> ops = new HashMap<>();
    ops.put("Elementwise.unary", List.of("exp"));
    ops.put("Elementwise.binary", List.of("pow", "eq"));
    ops.put("Reductions.reduce", List.of("sum"));
    ops.put("Reductions.keepAxes", List.of("softmax"));
    ops.put("Pooling.maxPool2dWithIndex", List.of("max_pool2d"));
    ops.put("PoolingNd.maxPool1dWithIndex", List.of("max_pool1d_index"));
    ops.put("PoolingNd.maxPool3dWithIndex", List.of("max_pool3d_index"));
    ops.put("ResamplingNd.nearest1d", List.of("upsample_nearest"));
    ops.put("ResamplingNd.nearest3d", List.of("upsample_nearest"));
    ops.put("ResamplingNd.linear", List.of("upsample_linear"));
    ops.put("ResamplingNd.trilinear", List.of("upsample_trilinear"));
    ops.put("Resampling.nearest", List.of("upsample_nearest"));
    ops.put("Resampling.bilinear", List.of("upsample_bilinear"));
    ops.put("Attention.scaledDotProduct", List.of("attention"));
    ops.put("Attention.scale", List.of("attention"));
    ops.put("Attention.key", List.of("attention"));
    ops.put("Attention.additive", List.of("attention"));
    ops.put("Recurrent.states", List.of("rnn_tanh", "rnn_relu", "gru", "lstm"));
    ops.put("Ctc.loss", List.of("ctc_loss"));
    ops.put("Recurrent.mask", List.of("sequence_mask"));
    ops.put("Matmul.product", List.of("matmul"));
    ops.put("Statistics.variance", List.of("var"));
    ops.put("Statistics.logSumExp", List.of("logsumexp"));
    ops.put("Views.compact", List.of("sum"));
    ops.put("ElementLosses.squared", List.of("mse_loss"));
    ops.put("ElementLosses.binaryCrossEntropyWithLogits", List.of("bce_logits_weighted"));
    ops.put("ElementLosses.klDivergence", List.of("kl_div"));
    ops.put("RowLosses.cosine", List.of("cosine_similarity"));
    ops.put("RowLosses.distance", List.of("pairwise_distance"));
    ops.put("RowLosses.labels", List.of("cross_entropy_mean"));
    ops.put("RowLosses.probabilities", List.of("cross_entropy_probabilities"));
    List<String> missing = new ArrayList<>();
    List<Class<?>> families = new ArrayList<>(classes(Elementwise.class, false));
    assertTrue(families.size() > 25, families.toString());
    families.add(RandomStream.class);
    for (Class<?> family : families) {
      if (!Modifier.isPublic(family.getModifiers())) {
        continue;
      }
      for (Method m : family.getDeclaredMethods()) {
        boolean draws = family == RandomStream.class && m.getParameterCount() > 1;
        if (!Modifier.isPublic(m.getModifiers())
            || !(Modifier.isStatic(m.getModifiers()) || draws)) {
          continue;
        }
        // Most methods bear the name of their op, in Java's spelling.
        String name = family.getSimpleName() + "." + m.getName();
        String own = m.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
        for (String op : ops.getOrDefault(name, List.of(own))) {
          if (!BY_OP.containsKey(op) && !BY_OP.containsKey(op + "_loss")) {
            missing.add(name + " (" + op + ")");
          }
        }
      }
    }
    assertEquals(List.of(), missing);
  }

  /** The classes of a package, nested ones too or not. */
  private static List<Class<?>> classes(Class<?> anchor, boolean nested) throws Exception {
    String folder = anchor.getPackageName().replace('.', '/');
    Path root =
        Path.of(anchor.getProtectionDomain().getCodeSource().getLocation().toURI()).resolve(folder);
    List<Class<?>> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".class") && !name.contains("-") && (nested || !name.contains("$"))) {
          found.add(Class.forName(anchor.getPackageName() + "." + name.replace(".class", "")));
        }
      }
    }
    return found;
  }

  /** What no graph of the catalogue holds is not checked, planted with faults, or searched. */
  @Test
  void everyDifferentiableOpIsInAGraphOfTheCatalogue() throws Exception {
    Set<String> missing = new TreeSet<>();
    for (Class<?> type : classes(Elementwise.class, true)) {
      if (Op.Differentiable.class.isAssignableFrom(type) && !type.isInterface()) {
        missing.add(type.getName());
      }
    }
    assertTrue(missing.size() > 30, missing.toString());
    Backend device = Backends.get("reference");
    for (OpCase c : ALL.cases()) {
      if (c.isDifferentiable()) {
        try (Scope _ = Scope.open()) {
          Variable[] inputs = c.variables(device, DType.F64);
          Variable y = c.apply(inputs);
          List<Variable> wanted = Arrays.stream(inputs).filter(Variable::requiresGrad).toList();
          Variable dy = Variable.parameter(GradCheck.projection(y));
          Variable z = GradCheck.projectedGradient(y, dy, wanted);
          for (Variable root : List.of(y, z)) {
            for (Variable node : RunningSum.order(root)) {
              if (node.op() != null) {
                missing.remove(node.op().getClass().getName());
              }
            }
          }
        }
      }
    }
    assertEquals(Set.of(), missing);
  }

  @Test
  void thereAreAtLeastFiveThousandCasesOfEachOrder() {
    long differentiable = ALL.cases().stream().filter(OpCase::isDifferentiable).count();
    assertTrue(differentiable >= 5000, differentiable + " differentiable cases");
  }

  @Test
  void everyOpMeetsBroadcastStridedEmptyAndAwkwardOperands() {
    for (String op : List.of("exp", "mul", "where", "sum", "matmul", "softmax", "gather")) {
      boolean strided = false;
      boolean reversed = false;
      boolean empty = false;
      for (OpCase c : BY_OP.getOrDefault(op, List.of())) {
        for (Input input : c.inputs()) {
          strided |= input.view() == Input.View.STRIDED;
          reversed |= input.view() == Input.View.REVERSED;
          empty |= input.shape().size() == 0;
        }
      }
      assertTrue(strided && reversed && empty, op);
    }
  }

  @Test
  void operandsAreTheSameEveryTimeAndFitFloat32() {
    for (OpCase c : ALL.cases()) {
      for (int i = 0; i < c.inputs().size(); i++) {
        double[] v = c.values(i);
        assertArrayEquals(v, c.values(i));
        for (double x : v) {
          assertEquals(x, (float) x, c.id());
        }
      }
    }
  }

  @Test
  void recordedCasesAreFewSmallAndOfEveryOpThatPyTorchHas() {
    Set<String> recordable = new HashSet<>();
    ALL.cases().stream().filter(OpCase::recorded).forEach(c -> recordable.add(c.op()));
    Set<String> recorded = new HashSet<>();
    ALL.recorded().forEach(c -> recorded.add(c.op()));
    assertEquals(recordable, recorded);
    assertTrue(ALL.recorded().size() < 1500);
    String line = RecordingCases.line(BY_OP.getOrDefault("add", List.of()).getFirst());
    assertTrue(line.startsWith("{\"id\": \"add/scalar,scalar\", \"op\": \"add\""), line);
  }

  @Test
  void casesOfOneNameAreRefused() {
    OpCase c =
        OpCase.of("same", "y = x", "dx = dy")
            .input("x", Values.between(0, 1), 2)
            .applying(in -> in[0]);
    assertEquals("same/2", c.id());
    assertEquals("same/2", c.toString());
    AdjointException e = assertThrows(AdjointException.class, () -> Catalogue.of(List.of(c, c)));
    assertEquals("same/2", e.value());
    AdjointException none =
        assertThrows(AdjointException.class, () -> OpCase.of("none", "", "").applying(in -> in[0]));
    assertTrue(none.getMessage().contains("none"), none.getMessage());
  }

  /** A user's cases, as a jar of theirs would bring them. */
  public static final class UserCases implements OpCases {
    @Override
    public List<OpCase> cases() {
      return List.of(
          OpCase.of("users_own", "y = 2 x", "dx = 2 dy")
              .input("x", Values.between(0, 1), 2)
              .applying(in -> in[0].mul(2)));
    }
  }

  private static Catalogue with(Path folder, String provider) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(OpCases.class.getName()), provider);
    URL[] urls = {folder.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, CatalogueTest.class.getClassLoader())) {
      return Catalogue.load(loader);
    }
  }

  @Test
  void casesOfUsersJoin(@TempDir Path folder) throws IOException {
    Catalogue all = with(folder, UserCases.class.getName());
    assertEquals(ALL.cases().size() + 1, all.cases().size());
    assertTrue(all.byOp().containsKey("users_own"));
  }

  @Test
  void aProviderThatDoesNotExistIsNamed(@TempDir Path folder) {
    AdjointException e =
        assertThrows(AdjointException.class, () -> with(folder, "org.example.Nowhere"));
    assertTrue(e.value().contains("org.example.Nowhere"), e.value());
  }

  @Test
  void recipesKeepTheirPromises() {
    double[] distinct = Values.distinct(-1, 1).draw(3, 100);
    double[] even = Values.cells(0, -2, 2).draw(4, 500);
    double[] odd = Values.cells(1, -2, 2).draw(5, 500);
    for (int i = 0; i < 100; i++) {
      for (int j = 0; j < i; j++) {
        assertTrue(Math.abs(distinct[i] - distinct[j]) >= 0.0099);
      }
    }
    for (double a : even) {
      for (double b : odd) {
        assertTrue(Math.abs(a - b) >= 4.0 / 64 / 2 * 0.99);
      }
    }
    for (double v : Values.avoiding(0.1, -1, 1, 0, 0.5).draw(6, 1000)) {
      assertTrue(Math.abs(v) >= 0.0999 && Math.abs(v) <= 1.2, "" + v);
    }
    for (double v : Values.offGrid().draw(7, 1000)) {
      double fraction = 2 * v - Math.floor(2 * v);
      assertTrue(fraction >= 0.19 && fraction <= 0.81, "" + v);
    }
    for (double v : Values.integers(-1, 2).draw(8, 1000)) {
      assertTrue(v >= -1 && v <= 2 && v == Math.rint(v));
    }
    assertArrayEquals(new double[] {1, 2, 1}, Values.listed(1, 2).draw(0, 3));
    assertArrayEquals(new double[] {1, 0, 1, 0}, Values.zeroed(Values.listed(1), 1, 2).draw(0, 4));
    assertTrue(OpCase.of("op", "", "").toString().startsWith("op"));
  }
}
