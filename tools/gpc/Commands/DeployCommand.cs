using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Serving.Deploy;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc deploy triton|kserve|docker|ort-package</c>: writes what other servers need.</summary>
internal static class DeployCommand
{
    public static Command Create() => new("deploy", "Writes what other servers need: a Triton repository, KServe manifests, a Docker context, a package.")
    {
        Triton(), KServe(), Docker(), Package(),
    };

    private static GpcCommand Triton()
    {
        var command = new GpcCommand("triton", "Writes a model repository for NVIDIA Triton: engines and ONNX parts as an ensemble, or one ONNX model.");
        var source = new SourceArguments(command);
        Option<string> output = Output("REPOSITORY", "The folder of the repository; models are added to it.");
        Option<string?> name = Name("The name of the model. Default: the name of the file.");
        var maxBatch = OptionOf.Number("--max-batch", "N", "The most samples of a batch, where a proof allows batches.", 1, 8);
        var preferred = new Option<int[]>("--preferred-batch")
        { Description = "Run a batch of this size at once. May be given several times.", HelpName = "N" };
        var delay = OptionOf.Number("--queue-delay", "US", "How long a request waits for others, in microseconds.", 0, 500);
        var instances = OptionOf.Number("--instances", "N", "Instances of each part on each device.", 1, 1);
        var device = OptionOf.Choice("--device", "Where ONNX Runtime computes its parts.", "cpu", "cuda");
        var version = OptionOf.Number("--model-version", "N", "The number of the version.", 1, 1);
        var keep = new Option<bool>("--keep-groups") { Description = "Make each group a part, also without an engine." };
        command.Add(OptionGroup.Common, output, name, version, keep);
        command.Add(OptionGroup.Batching, maxBatch, preferred, delay);
        command.Add(OptionGroup.Running, instances, device);
        command.SetAction(parsed =>
        {
            ModelRequest request = source.Request(parsed);
            IReadOnlyList<string> written = TritonRepository.Write(Open(request), parsed.GetRequiredValue(output),
                new(parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(request.Path))
                {
                    MaxBatchSize = parsed.GetValue(maxBatch),
                    PreferredBatchSizes = [.. parsed.GetValue(preferred) ?? []],
                    MaxQueueDelayMicroseconds = parsed.GetValue(delay),
                    Instances = parsed.GetValue(instances),
                    FallbackOnGpu = parsed.GetValue(device) == "cuda",
                    KeepGroups = parsed.GetValue(keep),
                    Version = parsed.GetValue(version),
                });
            foreach (string model in written) Console.WriteLine($"wrote {Path.Combine(parsed.GetRequiredValue(output), model)}");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static GpcCommand KServe()
    {
        var command = new GpcCommand("kserve", "Writes manifests for KServe: of a Triton repository, or of an image with 'gpc serve'.");
        var name = new Argument<string>("NAME") { Description = "The name of the service." };
        command.Add(name);
        var storage = new Option<string>("--storage")
        { Description = "Where the models are: s3://bucket/repository, pvc://claim/path, ...", HelpName = "URI", Required = true };
        Option<string> output = Output("FILE.yaml", "The file to write.");
        var image = new Option<string?>("--image")
        { Description = "An image with 'gpc serve' ('gpc deploy docker'). Without it KServe's Triton serves a Triton repository.", HelpName = "IMAGE" };
        var gpus = OptionOf.Number("--gpus", "N", "GPUs of a replica.", 0);
        var least = OptionOf.Number("--min-replicas", "N", "The fewest replicas.", 0, 1);
        var most = OptionOf.Number("--max-replicas", "N", "The most replicas.", 1, 1);
        var pending = OptionOf.Number("--pending", "N", "Waiting requests of a replica before another is started.", 1, 8);
        var prometheus = new Option<string?>("--prometheus")
        { Description = "The address of Prometheus: scale by the length of the queue (KEDA).", HelpName = "URL" };
        command.Add(OptionGroup.Common, storage, output, image, gpus);
        command.Add(OptionGroup.Operation, least, most, prometheus, pending);
        command.SetAction(parsed =>
        {
            string yaml = KServeManifest.Print(new(parsed.GetRequiredValue(name), parsed.GetRequiredValue(storage))
            {
                Image = parsed.GetValue(image),
                Gpus = parsed.GetValue(gpus),
                MinReplicas = parsed.GetValue(least),
                MaxReplicas = parsed.GetValue(most),
                PendingPerReplica = parsed.GetValue(pending),
                Prometheus = parsed.GetValue(prometheus),
            });
            Foundation.AtomicFile.Write(parsed.GetRequiredValue(output), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(yaml)));
            Console.WriteLine($"wrote {parsed.GetRequiredValue(output)}");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static GpcCommand Docker()
    {
        var command = new GpcCommand("docker", "Writes a folder for 'docker build': an image of 'gpc serve' with the model in it.");
        var source = new SourceArguments(command);
        Option<string> output = Output("FOLDER", "The folder to write.");
        Option<string?> name = Name("The name of the model. Default: the name of the file.");
        var baseImage = new Option<string>("--base")
        {
            Description = "The image to start from: Linux with glibc and apt.",
            HelpName = "IMAGE",
            DefaultValueFactory = _ => "debian:bookworm-slim",
        };
        var options = new Option<string[]>("--serve-option")
        { Description = "An option of 'gpc serve', for instance --serve-option=--max-batch=32. May be given several times.", HelpName = "OPTION" };
        command.Add(OptionGroup.Common, output, name, baseImage, options);
        command.SetAction(parsed =>
        {
            ModelRequest request = source.Request(parsed);
            DockerContext.Write([(parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(request.Path), Open(request))],
                parsed.GetRequiredValue(output), parsed.GetRequiredValue(baseImage), parsed.GetValue(options) ?? []);
            Console.WriteLine($"wrote {parsed.GetRequiredValue(output)}; see its Dockerfile for the next step");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static GpcCommand Package()
    {
        var command = new GpcCommand("ort-package", "Writes a model package of ONNX Runtime with the portable model.");
        var source = new SourceArguments(command);
        Option<string> output = Output("NAME.ortpackage", "The folder to write.");
        Option<string?> name = Name("The name of the package. Default: the name of the file.");
        var version = new Option<string>("--package-version")
        { Description = "The version of the package.", HelpName = "VERSION", DefaultValueFactory = _ => "1.0" };
        command.Add(OptionGroup.Common, output, name, version);
        command.SetAction(parsed =>
        {
            ModelRequest request = source.Request(parsed);
            OrtPackage.Write(Open(request), parsed.GetRequiredValue(output),
                parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(request.Path), parsed.GetRequiredValue(version));
            Console.WriteLine($"wrote {parsed.GetRequiredValue(output)}");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>
    /// A compiled model as its file has it; another is planned. It is in the lowest opset, because other servers are older.
    /// </summary>
    private static CompiledModel Open(ModelRequest request) => new ModelService(request, _ => { }).Open().Compiled.Lower();

    private static Option<string> Output(string what, string description) =>
        new("--output", "-o") { Description = description, HelpName = what, Required = true };

    private static Option<string?> Name(string description) => new("--name") { Description = description, HelpName = "NAME" };
}
