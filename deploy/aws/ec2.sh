#!/usr/bin/env bash
# Pushes an image to Amazon's registry (ECR) and starts a virtual machine (EC2) that serves it on port 80.
#
# Usage: deploy/aws/ec2.sh [--dry-run] IMAGE
#
# IMAGE is one that is here, such as canopy-boston:3. AWS_REGION and AWS_ACCOUNT say where; AWS_INSTANCE_PROFILE may pull from the registry
# (AmazonEC2ContainerRegistryReadOnly), AWS_SUBNET and AWS_SECURITY_GROUP let port 80 in. `aws configure` or `aws sso login` comes before.
# --dry-run prints the commands and runs none.
set -euo pipefail
# shellcheck source=deploy/steps.sh
source "$(dirname "$0")/../steps.sh"

options "$@"
if ((${#arguments[@]} != 1)); then usage; fi
image=${arguments[0]}
needs_tool aws "Amazon's command line, https://aws.amazon.com/cli"
needs_tool docker
needs_variable AWS_REGION "a region, such as eu-central-1"
needs_variable AWS_ACCOUNT "the number of the account"
needs_variable AWS_INSTANCE_PROFILE "the profile of a machine that may pull images"
needs_variable AWS_SUBNET "the subnet of the machine"
needs_variable AWS_SECURITY_GROUP "the security group of the machine"

registry=$AWS_ACCOUNT.dkr.ecr.$AWS_REGION.amazonaws.com
repository=${image%%:*}
if [[ -n $dry_run ]] || ! aws ecr describe-repositories --region "$AWS_REGION" --repository-names "$repository" --output text >/dev/null 2>&1; then
  step aws ecr create-repository --region "$AWS_REGION" --repository-name "$repository" \
    --image-scanning-configuration scanOnPush=true --output text
fi
# shellcheck disable=SC2034 # step_with_secret reads it
password=$(answer PASSWORD aws ecr get-login-password --region "$AWS_REGION")
step_with_secret password docker login "$registry" --username AWS --password-stdin
step docker tag "$image" "$registry/$image"
step docker push "$registry/$image"

# The machine is told which image it serves.
user_data=$(answer USER_DATA mktemp)
clean_up "$user_data"
if [[ -z $dry_run ]]; then
  sed -e "s|@REGION@|$AWS_REGION|g" -e "s|@REGISTRY@|$registry|g" -e "s|@IMAGE@|$registry/$image|g" \
    "$(dirname "$0")/user-data.sh" >"$user_data"
else
  echo "# $user_data: user-data.sh with the image $registry/$image"
fi
system=$(answer SYSTEM aws ssm get-parameter --region "$AWS_REGION" \
  --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 --query Parameter.Value --output text)
# t3.micro has 1 GiB.
step aws ec2 run-instances --region "$AWS_REGION" --image-id "$system" --instance-type t3.micro \
  --iam-instance-profile "Name=$AWS_INSTANCE_PROFILE" --subnet-id "$AWS_SUBNET" --security-group-ids "$AWS_SECURITY_GROUP" \
  --metadata-options HttpTokens=required --user-data "file://$user_data" \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$repository}]" \
  --query 'Instances[0].InstanceId' --output text
