namespace GraphPartition.TensorRt.Library;

/// <summary>A release of TensorRT or of TensorRT-RTX, which counts on its own.</summary>
/// <param name="IsRtx">Whether it is TensorRT-RTX.</param>
/// <param name="Major">Engines of one major version do not load in another.</param>
/// <param name="Minor">The minor version.</param>
/// <param name="Patch">The patch version.</param>
public readonly record struct TensorRtVersion(bool IsRtx, int Major, int Minor, int Patch)
{
    /// <summary>
    /// Reads NV_TENSORRT_VERSION (NvInferVersion.h), as getInferLibVersion() returns it: major*1000 + minor*100 + patch
    /// before 10,
    /// major*10000 + minor*100 + patch after. TensorRT-RTX 1.x uses the later form, so the number alone tells the two apart.
    /// </summary>
    public static TensorRtVersion FromNumber(int number) => number switch
    {
        < 10_000 => new(false, number / 1000, number / 100 % 10, number % 100),
        < 100_000 => new(true, number / 10_000, number / 100 % 100, number % 100),
        _ => new(false, number / 10_000, number / 100 % 100, number % 100),
    };

    /// <summary>For instance <c>TensorRT 10.16.0</c>.</summary>
    public override string ToString() => $"{(IsRtx ? "TensorRT-RTX" : "TensorRT")} {Major}.{Minor}.{Patch}";
}
