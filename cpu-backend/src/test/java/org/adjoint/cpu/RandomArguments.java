package org.adjoint.cpu;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Expr;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Arguments for a method, by their types: the same generator gives the same on every device. */
final class RandomArguments {
  private static final int[] GIANT = {1 << 30, Integer.MAX_VALUE};
  private static final int[] ODD = {
    0, -1, 7, -7, 65, 1 << 16, GIANT[0], GIANT[1], Integer.MIN_VALUE
  };
  private static final double[] SPECIAL = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, -0.0, Double.MIN_VALUE, 1e300
  };
  private static final List<String> EQUATIONS =
      List.of("ij,jk->ik", "ii->i", "ij->ji", "bij,bjk->bik", "i,i->", "ij", "i->ij", "ij,", "->");

  private final SplittableRandom random;
  private final Backend device;
  private final DType dtype;
  private final boolean spoiled;
  private final int[] dims;

  RandomArguments(SplittableRandom random, Backend device) {
    this.random = random;
    this.device = device;
    dtype = random.nextInt(4) == 0 ? DType.F32 : DType.F64;
    spoiled = random.nextInt(3) == 0;
    dims = new int[random.nextInt(6)];
    for (int a = 0; a < dims.length; a++) {
      dims[a] = extent();
    }
  }

  /** The public classes of a package, wherever it lies. */
  static List<Class<?>> classes(Class<?> anchor) throws IOException, ReflectiveOperationException {
    String folder = anchor.getPackageName().replace('.', '/');
    URI place = URI.create(anchor.getProtectionDomain().getCodeSource().getLocation().toString());
    Path root = Path.of(place);
    if (Files.isDirectory(root)) {
      return classes(anchor, root.resolve(folder));
    }
    try (FileSystem jar = FileSystems.newFileSystem(root, Map.of())) {
      return classes(anchor, jar.getPath(folder));
    }
  }

  private static List<Class<?>> classes(Class<?> anchor, Path folder)
      throws IOException, ReflectiveOperationException {
    List<Class<?>> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".class") && !name.contains("$") && !name.contains("-")) {
          found.add(Class.forName(anchor.getPackageName() + "." + name.replace(".class", "")));
        }
      }
    }
    return found;
  }

  Object[] of(Method method) throws Exception {
    Parameter[] parameters = method.getParameters();
    Object[] values = new Object[parameters.length];
    for (int i = 0; i < values.length; i++) {
      boolean absent =
          parameters[i].getAnnotatedType().isAnnotationPresent(Nullable.class)
              && random.nextInt(3) > 0;
      values[i] = absent ? null : value(parameters[i].getType());
    }
    return values;
  }

  static String text(Object... values) {
    List<String> all = new ArrayList<>();
    for (Object v : values) {
      all.add(
          switch (v) {
            case null -> "null";
            case Variable x -> x.dtype() + " " + x.shape();
            case Tensor t -> t.dtype() + " " + t.shape();
            case int[] list -> Arrays.toString(list);
            case double[] list -> Arrays.toString(list);
            case Object[] list -> text(list);
            default -> v.toString();
          });
    }
    return all.toString();
  }

  private boolean spoil() {
    return spoiled && random.nextInt(5) == 0;
  }

  private int extent() {
    return random.nextInt(30) == 0
        ? random.nextInt(66)
        : random.nextInt(12) == 0 ? 0 : 1 + random.nextInt(4);
  }

  private int whole() {
    return spoil() ? ODD[random.nextInt(ODD.length)] : random.nextInt(-1, 4);
  }

  private double number() {
    return spoil() ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextDouble(-0.5, 2);
  }

  private Object value(Class<?> type) throws Exception {
    if (type == Variable.class) {
      return Variable.of(tensor(dtype));
    } else if (type == Tensor.class) {
      return tensor(random.nextInt(4) == 0 ? dtype : DType.I32);
    } else if (type == Variable[].class) {
      Variable[] all = new Variable[random.nextInt(4)];
      for (int i = 0; i < all.length; i++) {
        all[i] = Variable.of(tensor(dtype));
      }
      return all;
    } else if (type == List.class) {
      return List.of((Variable[]) value(Variable[].class));
    } else if (type == int.class || type == Integer.class) {
      return whole();
    } else if (type == long.class) {
      return (long) whole();
    } else if (type == double.class) {
      return number();
    } else if (type == boolean.class) {
      return random.nextBoolean();
    } else if (type == int[].class) {
      int[] all = new int[random.nextInt(5)];
      Arrays.setAll(all, i -> whole());
      return all;
    } else if (type == double[].class) {
      double[] all = new double[random.nextInt(5)];
      Arrays.setAll(all, i -> number());
      return all;
    } else if (type == String.class) {
      return EQUATIONS.get(random.nextInt(EQUATIONS.size()));
    } else if (type == Shape.class) {
      return Shape.of(spoil() ? giant(varied()) : varied());
    } else if (type == RandomStream.class) {
      return new RandomStream(7);
    } else if (type == Expr.class) {
      return Expr.fma(Expr.x(), Expr.operand(random.nextInt(3)), Expr.parameter(0));
    } else if (type.isEnum()) {
      return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
    } else if (type.isRecord()) {
      return record(type);
    }
    throw new IllegalStateException("how to make a " + type + "?");
  }

  private Object record(Class<?> type) throws Exception {
    List<Object> values = new ArrayList<>();
    List<Class<?>> types = new ArrayList<>();
    for (RecordComponent c : type.getRecordComponents()) {
      types.add(c.getType());
      values.add(c.getType() == int.class && !spoil() ? 1 + random.nextInt(2) : value(c.getType()));
    }
    Constructor<?> canonical = type.getDeclaredConstructor(types.toArray(Class<?>[]::new));
    try {
      return canonical.newInstance(values.toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof AdjointException refused) {
        throw refused;
      }
      throw e;
    }
  }

  /** The extents of the call's operands, often as they are, else with a change. */
  private int[] varied() {
    if (random.nextInt(4) > 0) {
      return dims.clone();
    }
    int[] d = Arrays.copyOf(dims, random.nextInt(4) == 0 ? random.nextInt(6) : dims.length);
    for (int a = 0; a < d.length; a++) {
      d[a] =
          a >= dims.length || random.nextInt(3) == 0 ? random.nextInt(3) == 0 ? 1 : extent() : d[a];
    }
    return d;
  }

  /** One of the extents is giant, and others are 0 or 1, so that a tensor can have them. */
  private int[] giant(int... shape) {
    if (shape.length > 0) {
      for (int a = 0; a < shape.length; a++) {
        shape[a] = random.nextInt(4) == 0 ? 0 : 1;
      }
      shape[random.nextInt(shape.length)] = GIANT[random.nextInt(2)];
    }
    return shape;
  }

  private Tensor tensor(DType wanted) {
    DType type = spoil() ? DType.values()[random.nextInt(3)] : wanted;
    if (spoil() && random.nextInt(3) == 0) {
      // Of one element, or of none.
      Shape shape = Shape.of(giant(varied()));
      int[] dims = shape.toArray();
      Arrays.setAll(dims, a -> Math.min(dims[a], 1));
      return Tensor.zeros(device, type, dims).expand(shape);
    }
    int[] shape = varied();
    double[] v = new double[Shape.of(shape).size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = number();
    }
    Tensor t;
    if (type == DType.I32) {
      int[] whole = new int[v.length];
      Arrays.setAll(whole, i -> (int) Math.floor(v[i] + 0.4));
      t = Tensor.of(device, whole, shape);
    } else if (type == DType.F64) {
      t = Tensor.of(device, v, shape);
    } else {
      float[] f = new float[v.length];
      for (int i = 0; i < f.length; i++) {
        f[i] = (float) v[i];
      }
      t = Tensor.of(device, f, shape);
    }
    int last = shape.length - 1;
    boolean turned = last > 0 && random.nextInt(4) == 0 && shape[0] == shape[last];
    return turned ? t.transpose(0, last) : t;
  }
}
