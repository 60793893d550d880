using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Serving.Deploy;

/// <summary>
/// Writes a model package of ONNX Runtime (schema 1.0; microsoft/onnxruntime pull requests 27786, 28271 and 28387). It has the variant
/// <c>cpu</c>, the portable model. Engines are no variants: TensorRT's provider binds engines by the names of their tensors, which are not
/// those of the model, and all variants of a package need the same names.
/// </summary>
public static class OrtPackage
{
    /// <summary>Writes a package.</summary>
    /// <param name="compiled">The model.</param>
    /// <param name="folder">The folder NAME.ortpackage; it must not exist.</param>
    /// <param name="name">The name of the package.</param>
    /// <param name="version">Its version.</param>
    /// <exception cref="ModelException">GP5046: the folder is there already.</exception>
    /// <exception cref="EnvironmentException">GP5005: a file cannot be written.</exception>
    public static void Write(CompiledModel compiled, string folder, string name, string version)
    {
        using var package = new DeployFolder(folder);
        OnnxWriter.Write(compiled.Model, package.PathOf("models", "model", "cpu", "model.onnx"));
        package.Write(Json(new Dictionary<string, object>
        {
            ["component_name"] = "model",
            ["variants"] = new { cpu = new { ep = "CPUExecutionProvider", device = "cpu" } },
        }), "models", "model", "component.json");
        package.Write(Json(new Dictionary<string, object>
        {
            ["schema_version"] = "1.0",
            ["package_name"] = name,
            ["package_version"] = version,
            ["components"] = new { model = "models/model" },
            ["additional_metadata"] = new { producer = $"GraphPartition {Models.ServerFacts.Version}" },
        }), "manifest.json");
        package.Commit();
    }

    private static string Json(object value) => JsonSerializer.Serialize(value, Indented) + "\n";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
