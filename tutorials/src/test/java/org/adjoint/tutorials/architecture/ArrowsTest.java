package org.adjoint.tutorials.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The arrows of DESIGN.md: a room sees only the rooms above it, and hardware hides in its backend.
 */
final class ArrowsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("org.adjoint");

  private static final String[] ENGINE = {
    "org.adjoint.tensor..",
    "org.adjoint.kernels..",
    "org.adjoint.autograd..",
    "org.adjoint.layers..",
    "org.adjoint.cpu..",
    "org.adjoint.cuda.."
  };

  /** Guards the other tests: a rule over no classes holds always. */
  @ParameterizedTest
  @ValueSource(
      strings = {"tensor", "kernels", "autograd", "layers", "cpu", "cuda", "bench", "tutorials"})
  void everyRoomIsSeen(String room) {
    assertTrue(
        CLASSES.stream().filter(c -> c.getPackageName().startsWith("org.adjoint." + room)).count()
            > 3,
        room);
  }

  @ParameterizedTest
  @CsvSource({
    "tensor,",
    "kernels, tensor",
    "autograd, tensor kernels",
    "layers, tensor kernels autograd",
    "cpu, tensor kernels",
    "cuda, tensor kernels"
  })
  void anEngineRoomSeesThoseAboveItAndTheJdk(String room, String above) {
    Stream<String> rooms = Stream.of((room + " " + (above == null ? "" : above)).trim().split(" "));
    String[] allowed =
        Stream.concat(
                rooms.map(r -> "org.adjoint." + r + ".."),
                Stream.of(
                    "java..",
                    "org.jspecify..",
                    switch (room) {
                      case "cpu" -> "jdk.incubator..";
                      case "cuda" -> "jcuda..";
                      case "kernels" -> "jdk.jfr..";
                      case "layers" -> "javax.imageio..";
                      default -> "";
                    }))
            .filter(p -> !p.isEmpty())
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage("org.adjoint." + room + "..")
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(allowed))
        .check(CLASSES);
  }

  @Test
  void benchKnowsNoTutorial() {
    noClasses()
        .that()
        .resideInAPackage("org.adjoint.bench..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.adjoint.tutorials..")
        .check(CLASSES);
  }

  @Test
  void graphAndLayersNameNoBackend() {
    noClasses()
        .that()
        .resideInAnyPackage("org.adjoint.autograd..", "org.adjoint.layers..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.adjoint.cpu..", "org.adjoint.cuda..", "org.adjoint.kernels.reference..")
        .check(CLASSES);
  }

  /** Besides, by the loops that the bench compares the backend's with. */
  @Test
  void theVectorApiIsNamedByTheCpuBackendAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("org.adjoint.cpu..", "org.adjoint.bench.levels..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator..")
        .check(CLASSES);
  }

  /** The driver's binding by {@code Cuda}, those of cuBLAS and cuDNN by what is named after it. */
  @Test
  void jcudaIsNamedByFewClassesOfTheCudaBackend() {
    noClasses()
        .that()
        .haveNameNotMatching("org\\.adjoint\\.cuda\\.(Cuda(\\$.*)?|Jcuda.*)")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jcuda..")
        .check(CLASSES);
  }

  @Test
  void theEngineNeitherPrintsNorSerializes() {
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(
        CLASSES.that(resideInAnyPackage(ENGINE)));
    noClasses()
        .that()
        .resideInAnyPackage(ENGINE)
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.io\\.(ObjectInputStream|ObjectOutputStream|Externalizable)")
        .check(CLASSES);
  }

  /** So no name in a file becomes code. */
  @Test
  void theEngineLoadsNoClassByName() {
    noClasses()
        .that()
        .resideInAnyPackage(ENGINE)
        .should()
        .callMethod(Class.class, "forName", String.class)
        .orShould()
        .callMethod(Class.class, "forName", String.class, boolean.class, ClassLoader.class)
        .orShould()
        .callMethod(ClassLoader.class, "loadClass", String.class)
        .check(CLASSES);
  }

  /**
   * Besides the events of TensorBoard, which grow, and JCuda's libraries, which are unpacked into a
   * folder of their own and removed, files are written whole and renamed.
   */
  @Test
  void theEngineWritesFilesAtomically() {
    noClasses()
        .that()
        .resideInAnyPackage(ENGINE)
        .and()
        .doNotHaveFullyQualifiedName("org.adjoint.cuda.Natives")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.io\\.(FileOutputStream|FileWriter|RandomAccessFile)")
        .orShould()
        .callMethodWhere(
            new DescribedPredicate<>("it writes a file") {
              @Override
              public boolean test(JavaMethodCall call) {
                return call.getTargetOwner().getName().equals("java.nio.file.Files")
                    && call.getName()
                        .matches("write|writeString|newOutputStream|newBufferedWriter");
              }
            })
        .check(CLASSES);
  }

  /** Only the switches of {@code Simd} and the one team of threads of {@code Parallel} change. */
  @Test
  void staticStateIsFinal() {
    fields()
        .that()
        .areDeclaredInClassesThat()
        .resideInAnyPackage(ENGINE)
        .and()
        .areStatic()
        .and()
        .areDeclaredInClassesThat()
        .doNotHaveSimpleName("Simd")
        .and()
        .areDeclaredInClassesThat()
        .doNotHaveSimpleName("Parallel")
        .should()
        .beFinal()
        .check(CLASSES);
  }

  @Test
  void publicClassesAreFinalOrMeantToBeExtended() {
    classes()
        .that()
        .resideInAnyPackage(ENGINE)
        .and()
        .arePublic()
        .and()
        .areNotInterfaces()
        .and()
        .areNotAssignableTo(RuntimeException.class)
        .should()
        .haveModifier(JavaModifier.FINAL)
        .orShould()
        .haveModifier(JavaModifier.ABSTRACT)
        .orShould()
        .beEnums()
        .check(CLASSES);
  }

  @Test
  void aPublicTypeHasAboutFortyPublicMethodsAtMost() {
    classes()
        .that()
        .resideInAnyPackage(ENGINE)
        .and()
        .arePublic()
        .should(haveFewPublicMethods(45))
        .check(CLASSES);
  }

  @Test
  void theFamilyContractsHoldAtMost64Methods() {
    long methods =
        CLASSES.stream()
            .filter(c -> c.getPackageName().equals("org.adjoint.kernels") && c.isInterface())
            // Kernels itself is no contract: it lists the families.
            .filter(c -> c.getSimpleName().matches(".+Kernels"))
            .mapToLong(c -> c.getMethods().size())
            .sum();
    assertTrue(methods > 0 && methods <= 64, () -> methods + " methods in the family contracts");
  }

  private static ArchCondition<JavaClass> haveFewPublicMethods(int limit) {
    return new ArchCondition<>("have at most " + limit + " public methods") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        long count =
            type.getMethods().stream()
                .filter(m -> m.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(m -> !m.getModifiers().contains(JavaModifier.SYNTHETIC))
                .count();
        String message = type.getName() + " has " + count + " public methods";
        events.add(new SimpleConditionEvent(type, count <= limit, message));
      }
    };
  }
}
