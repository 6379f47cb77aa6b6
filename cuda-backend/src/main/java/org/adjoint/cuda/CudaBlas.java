package org.adjoint.cuda;

/** NVIDIA's library of matrix products, on one GPU and in its queue. */
interface CudaBlas {
  /** Returns name, version and how it is called, for {@code doctor}. */
  String describe();

  /**
   * Queues y = op(a)·op(b) + beta·y for each of a batch of row-major matrices of float32; op
   * transposes if its flag is set. One matrix may serve all, with a stride of 0.
   *
   * @param p the product
   */
  void multiply(Product p);

  /**
   * The arguments of a product.
   *
   * @param transposeA whether a is stored as [k, m]
   * @param transposeB whether b is stored as [n, k]
   * @param m rows of y
   * @param n columns of y
   * @param k the length of its sums
   * @param a where a begins
   * @param strideA elements from one a to the next
   * @param b where b begins
   * @param strideB elements from one b to the next
   * @param beta the factor of what y holds
   * @param y where y begins; its matrices follow each other
   * @param batch how many
   */
  record Product(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      long a,
      long strideA,
      long b,
      long strideB,
      float beta,
      long y,
      int batch) {
    /** Returns the distance of the rows of a. */
    int leadingA() {
      return transposeA ? m : k;
    }

    /** Returns the distance of the rows of b. */
    int leadingB() {
      return transposeB ? k : n;
    }
  }
}
