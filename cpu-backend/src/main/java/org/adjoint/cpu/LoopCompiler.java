package org.adjoint.cpu;

import static java.lang.constant.ConstantDescs.CD_MethodHandles;
import static java.lang.constant.ConstantDescs.CD_MethodHandles_Lookup;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.CLASS_INIT_NAME;
import static java.lang.constant.ConstantDescs.DEFAULT_NAME;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.VectorSpecies;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.LoopListing;
import org.adjoint.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Turns expressions into loops: one hidden class for each set of expressions, element type and kind
 * of access, with methods that hold whole loops of their own, so that nothing is shared with other
 * operations and the JIT compiler sees constants only (DESIGN.md, decision 5).
 *
 * <p>float32 loops use vectors where the Vector API is there and scalar code on the same recipes
 * where it is not; float64 loops are scalar. Loops are cached for the life of the compiler; it may
 * be used by any number of threads.
 */
final class LoopCompiler {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final String PACKAGE = "org.adjoint.cpu.";
  private static final ClassDesc CLASS = ClassDesc.of(PACKAGE + "GeneratedLoop");
  private static final ClassDesc SUPER = ClassDesc.of(PACKAGE + "ElementLoop");
  static final ClassDesc TASK = ClassDesc.of(PACKAGE + "ElementTask");
  static final ClassDesc SPECIES = ClassDesc.of("jdk.incubator.vector.VectorSpecies");
  private static final MethodTypeDesc RUN =
      MethodTypeDesc.of(CD_void, TASK, CD_int, CD_int, CD_int, CD_int);
  private static final MethodTypeDesc NEW = MethodTypeDesc.of(CD_void, CD_int, CD_int);
  private static final MethodTypeDesc CLASS_DATA =
      MethodTypeDesc.of(CD_Object, CD_MethodHandles_Lookup, CD_String, ConstantDescs.CD_Class);

  /** Loads and stores take about as long as so many multiply-adds: measured, 0.1 ns an element. */
  private static final int MEMORY_WEIGHT = 12;

  private static final int RECENT = 512;

  /**
   * Longer methods are never compiled by the JVM (HugeMethodLimit), and interpreted vectors cost 70
   * ns an element and step, measured; so long expressions run as scalar code, which is shorter.
   */
  private static final int COMPILABLE = 8000;

  /** The methods of {@link ElementLoop} that a generated class has. */
  static final String WHOLE = "whole";

  static final String REST = "rest";

  private final @Nullable Vectors vectors;
  private final ConcurrentHashMap<Key, ElementLoop> loops = new ConcurrentHashMap<>();

  /** Loops by the identity of their expression; races only lose an entry. */
  private final @Nullable Recent[] recent = new Recent[RECENT];

  private record Recent(Expr output, DType type, long broadcast, ElementLoop loop) {}

  /**
   * What a loop is made of.
   *
   * @param outputs one expression for each result
   * @param type float32 or float64
   * @param broadcast bit i is set if operand i is one value along a row
   * @param chains null for a loop that stores each element; otherwise the operator by which element
   *     i of a row is combined with element i mod {@value LoopWriter#CHAINS} of the result
   */
  record Key(List<Expr> outputs, DType type, long broadcast, Expr.@Nullable Operator chains) {
    Key(List<Expr> outputs, DType type, long broadcast) {
      this(outputs, type, broadcast, null);
    }
  }

  /**
   * The vectors of float32 loops.
   *
   * @param species the {@code VectorSpecies<Float>}, untyped: the module may be absent
   * @param lanes its length
   */
  record Vectors(Object species, int lanes) {
    static Vectors of(VectorSpecies<Float> species) {
      return new Vectors(species, species.length());
    }
  }

  /**
   * Creates a compiler.
   *
   * @param vectors what float32 loops use; null for scalar code
   */
  LoopCompiler(@Nullable Vectors vectors) {
    this.vectors = vectors;
  }

  /** Returns a compiler for this machine. */
  static LoopCompiler preferred() {
    return new LoopCompiler(VectorModule.isUsable() ? simd() : null);
  }

  private static Vectors simd() {
    return Vectors.of(Simd.FLOAT);
  }

  /** Returns the loop of a key, made on first use. */
  ElementLoop loop(Key key) {
    ElementLoop loop = loops.get(key);
    return loop != null ? loop : loops.computeIfAbsent(key, this::compile);
  }

  /**
   * Returns the loop of a single expression. The same object is found without comparing trees:
   * callers keep their expressions.
   */
  ElementLoop loop(Expr output, DType type, long broadcast) {
    int hash = System.identityHashCode(output) + type.ordinal() + 31 * (int) broadcast;
    int place = (hash ^ hash >>> 9) & (RECENT - 1);
    Recent r = recent[place];
    if (r == null || r.output != output || r.type != type || r.broadcast != broadcast) {
      ElementLoop loop = loop(new Key(List.of(output), type, broadcast));
      r = new Recent(output, type, broadcast, loop);
      recent[place] = r;
    }
    return r.loop;
  }

  /** Returns a loop to be read. */
  LoopListing listing(Expr output, DType type, long broadcast) {
    Generated g = generate(new Key(List.of(output), type, broadcast));
    String source = LoopText.of(output, type, broadcast, g.used == null ? 1 : g.used.lanes());
    String whole = g.used == null ? "" : Disassembly.of(g.bytes, WHOLE);
    return new LoopListing(source, whole + Disassembly.of(g.bytes, REST));
  }

  /** A class file, and the vectors it uses if it does. */
  private record Generated(byte[] bytes, @Nullable Vectors used) {}

  private Generated generate(Key key) {
    Vectors used = key.type() == DType.F32 ? vectors : null;
    byte[] bytes = bytes(key, used);
    return used != null && length(bytes, WHOLE) > COMPILABLE
        ? new Generated(bytes(key, null), null)
        : new Generated(bytes, used);
  }

  private ElementLoop compile(Key key) {
    Generated g = generate(key);
    Vectors used = g.used;
    try {
      Object data = used == null ? key : used.species();
      MethodHandles.Lookup made = LOOKUP.defineHiddenClassWithClassData(g.bytes, data, true);
      MethodType constructor = MethodType.methodType(void.class, int.class, int.class);
      int weight = MEMORY_WEIGHT + 2 * new ExprUses(key.outputs()).steps();
      int step = used == null ? 0 : key.chains() == null ? used.lanes() : LoopWriter.CHAINS;
      return (ElementLoop)
          made.findConstructor(made.lookupClass(), constructor).invoke(weight, step);
    } catch (Throwable e) {
      throw new IllegalStateException("cpu: the loop of " + key + " cannot be defined", e);
    }
  }

  private static byte[] bytes(Key key, @Nullable Vectors used) {
    return ClassFile.of()
        .build(
            CLASS,
            c -> {
              c.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
              c.withSuperclass(SUPER);
              constructor(c);
              if (used != null) {
                speciesField(c);
                c.withMethodBody(
                    WHOLE, RUN, 0, code -> LoopWriter.whole(code, CLASS, key, used.lanes()));
              }
              c.withMethodBody(REST, RUN, 0, code -> LoopWriter.rest(code, key));
            });
  }

  /** The length of the bytecode of a method. */
  static int length(byte[] classFile, String method) {
    return ClassFile.of().parse(classFile).methods().stream()
        .filter(m -> m.methodName().equalsString(method))
        .flatMap(m -> m.findAttribute(Attributes.code()).stream())
        .mapToInt(CodeAttribute::codeLength)
        .sum();
  }

  private static void constructor(ClassBuilder c) {
    c.withMethodBody(
        INIT_NAME,
        NEW,
        0,
        code -> code.aload(0).iload(1).iload(2).invokespecial(SUPER, INIT_NAME, NEW).return_());
  }

  /** A static final species: the JIT compiler takes it for a constant. */
  private static void speciesField(ClassBuilder c) {
    c.withField(LoopWriter.SPECIES_FIELD, SPECIES, ClassFile.ACC_STATIC | ClassFile.ACC_FINAL);
    c.withMethodBody(
        CLASS_INIT_NAME,
        MTD_void,
        ClassFile.ACC_STATIC,
        code ->
            code.invokestatic(
                    CD_MethodHandles, "lookup", MethodTypeDesc.of(CD_MethodHandles_Lookup))
                .ldc(DEFAULT_NAME)
                .ldc(SPECIES)
                .invokestatic(CD_MethodHandles, "classData", CLASS_DATA)
                .checkcast(SPECIES)
                .putstatic(CLASS, LoopWriter.SPECIES_FIELD, SPECIES)
                .return_());
  }
}
