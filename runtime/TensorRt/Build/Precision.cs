namespace GraphPartition.TensorRt.Build;

/// <summary>What TensorRT may compute in.</summary>
public enum Precision
{
    /// <summary>
    /// 32-bit floats where the model has them. With <see cref="BuildOptions.Tf32"/> products may round to TF32.
    /// </summary>
    Fp32,

    /// <summary>Half precision where it is faster. Not in 11 and RTX: convert the model.</summary>
    Fp16,

    /// <summary>Brain floats where it is faster. Only in 10.</summary>
    Bf16,

    /// <summary>Exactly the types that the model has. From 10 on; the only way of 11 and RTX.</summary>
    AsTyped,
}
