package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.adjoint.cuda.CudaOptions.Algorithms;
import org.adjoint.cuda.CudaOptions.Blas;
import org.adjoint.cuda.CudaOptions.Dnn;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.ArgumentException;
import org.junit.jupiter.api.Test;

class CudaOptionsTest {
  private final Map<String, String> properties = new HashMap<>();

  @Test
  void withoutPropertiesLibrariesAreUsedInFloat32WithTheSameResultsEachTime() {
    assertEquals(
        new CudaOptions(Blas.AUTO, Dnn.AUTO, Precision.FLOAT32, Algorithms.DIRECT, false),
        CudaOptions.of(properties::get));
  }

  @Test
  void everyPropertyIsRead() {
    properties.put("adjoint.cuda.blas", "jcublas");
    properties.put("adjoint.cuda.dnn", "ptx");
    properties.put("adjoint.cuda.precision", "tf32");
    properties.put("adjoint.cuda.algorithms", "any");
    properties.put("adjoint.cuda.relink", "true");
    assertEquals(
        new CudaOptions(Blas.JCUBLAS, Dnn.PTX, Precision.TF32, Algorithms.ANY, true),
        CudaOptions.of(properties::get));
    assertEquals(Blas.PTX, CudaOptions.withoutLibraries().blas());
  }

  @Test
  void aValueThatIsNoneIsNamedWithThoseThatAre() {
    properties.put("adjoint.cuda.precision", "float16");
    ArgumentException e =
        assertThrows(ArgumentException.class, () -> CudaOptions.of(properties::get));
    assertTrue(e.getMessage().contains("-Dadjoint.cuda.precision is float16"), e.getMessage());
    assertTrue(e.getMessage().contains("float32, tf32, bf16"), e.getMessage());
  }
}
