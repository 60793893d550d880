using System.Text.Json;
using System.Text.Json.Serialization;

namespace GraphPartition.Compiler.Cost;

/// <summary>How fast one executor is on a device: the roofline of S. Williams, A. Waterman and D. Patterson (2009), and a launch.</summary>
/// <param name="FlopsPerSecond">Arithmetic operations a second in dense float32 products.</param>
/// <param name="BytesPerSecond">Bytes a second to and from memory in element-by-element operators.</param>
/// <param name="LaunchMicroseconds">The fixed cost of one kernel.</param>
public sealed record ExecutorSpeed(double FlopsPerSecond, double BytesPerSecond, double LaunchMicroseconds);

/// <summary>
/// The parameters of the cost model for one device: a JSON file, written by <c>gpc calibrate</c> or by hand. <see cref="Default"/>
/// is used where none is given.
/// </summary>
/// <param name="Device">A description of the device.</param>
/// <param name="Fallback">ONNX Runtime on that device.</param>
/// <param name="Engine">Kernels inside an engine.</param>
/// <param name="CallMicroseconds">The fixed cost of one execution of an engine, without its kernels.</param>
/// <param name="TensorMicroseconds">The fixed cost of one tensor that enters or leaves an engine.</param>
/// <param name="CopyBytesPerSecond">Bytes a second of such tensors.</param>
public sealed record DeviceProfile(
    string Device, ExecutorSpeed Fallback, ExecutorSpeed Engine,
    double CallMicroseconds, double TensorMicroseconds, double CopyBytesPerSecond)
{
    private static readonly Lazy<DeviceProfile> Standard = new(() =>
    {
        using Stream file = typeof(DeviceProfile).Assembly.GetManifestResourceStream("device.default.json")!;
        return Parse(new StreamReader(file).ReadToEnd(), "device.default.json");
    });

    /// <summary>A data-center GPU in round numbers that nobody measured (<see cref="Assumed"/> is true).</summary>
    public static DeviceProfile Default => Standard.Value;

    /// <summary>The parts of the profile that were not measured but assumed, each with the assumption.</summary>
    public ImmutableArray<string> Assumed { get; init; } = [];

    /// <summary>Whether nothing was assumed: then the cost model decides by itself which engines are worth it.</summary>
    [JsonIgnore]
    public bool IsMeasured => Assumed.IsEmpty;

    /// <summary>When, with what and on what the rest was measured; empty where nothing was.</summary>
    public string Measured { get; init; } = "";

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelException">GP3009: it is not a profile, or a speed is not above 0; GP1001: it cannot be read.</exception>
    public static DeviceProfile Read(string path) => Parse(InputFile.Read(path, File.ReadAllText), path);

    /// <summary>The JSON form.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DeviceProfileJson.Default.DeviceProfile);

    private static DeviceProfile Parse(string json, string path)
    {
        DeviceProfile profile;
        try
        {
            profile = JsonSerializer.Deserialize(json, DeviceProfileJson.Default.DeviceProfile)
                ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw CompilerCodes.BadDeviceProfile.Error(path, e.Message);
        }
        var faults = new List<Diagnostic>();
        Check("fallback.flopsPerSecond", profile.Fallback.FlopsPerSecond, above: true);
        Check("fallback.bytesPerSecond", profile.Fallback.BytesPerSecond, above: true);
        Check("fallback.launchMicroseconds", profile.Fallback.LaunchMicroseconds, above: false);
        Check("engine.flopsPerSecond", profile.Engine.FlopsPerSecond, above: true);
        Check("engine.bytesPerSecond", profile.Engine.BytesPerSecond, above: true);
        Check("engine.launchMicroseconds", profile.Engine.LaunchMicroseconds, above: false);
        Check("callMicroseconds", profile.CallMicroseconds, above: false);
        Check("tensorMicroseconds", profile.TensorMicroseconds, above: false);
        Check("copyBytesPerSecond", profile.CopyBytesPerSecond, above: true);
        return faults.Count == 0 ? profile : throw new ModelException(faults);

        void Check(string name, double value, bool above)
        {
            if (!double.IsFinite(value) || value < 0 || (above && value == 0))
                faults.Add(CompilerCodes.BadDeviceProfile.At(path, $"{name} is {value}, it must be {(above ? "above" : "at least")} 0"));
        }
    }
}

/// <summary>Reads and writes profiles without reflection.</summary>
[JsonSerializable(typeof(DeviceProfile))]
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
internal sealed partial class DeviceProfileJson : JsonSerializerContext;
